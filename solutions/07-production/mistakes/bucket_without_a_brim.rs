//! bucket_without_a_brim: saves up what was not said.

use super::{Bucket, RATE, Way};

super::entry!(Thrifty);

#[derive(Default)]
struct Thrifty;

impl Way for Thrifty {
    // ANCHOR: wrong
    fn allows(&self, bucket: &mut Bucket) -> bool {
        // After a quiet hour that is 72,000 messages at once.
        bucket.tokens += bucket.filled.elapsed().as_secs_f64() * f64::from(RATE);
        bucket.filled = tokio::time::Instant::now();
        bucket.tokens -= 1.0;
        bucket.tokens >= 0.0
    }
    // ANCHOR_END: wrong
}
