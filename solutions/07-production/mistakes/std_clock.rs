//! std_clock: measures time with a clock that is not tokio's.

use std::time::Duration;

use super::{Bucket, RATE, Way};

super::entry!(Wall);

#[derive(Default)]
struct Wall;

impl Way for Wall {
    // ANCHOR: wrong
    fn allows(&self, bucket: &mut Bucket) -> bool {
        // A `std::time::Instant`, which sees the time of the machine, and not that of the check.
        if bucket.began.elapsed() >= Duration::from_secs(1) {
            (bucket.began, bucket.count) = (std::time::Instant::now(), 0);
        }
        bucket.count += 1;
        bucket.count <= RATE
    }
    // ANCHOR_END: wrong
}
