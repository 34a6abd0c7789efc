//! counts_for_ever: counts messages, and never begins anew.

use super::{Bucket, RATE, Way};

super::entry!(Total);

#[derive(Default)]
struct Total;

impl Way for Total {
    // ANCHOR: wrong
    fn allows(&self, bucket: &mut Bucket) -> bool {
        bucket.count += 1;
        bucket.count <= RATE
    }
    // ANCHOR_END: wrong
}
