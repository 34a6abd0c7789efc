//! no_rate: lets everybody talk as fast as it can.

use super::{Bucket, Way};

super::entry!(Patient);

#[derive(Default)]
struct Patient;

impl Way for Patient {
    // ANCHOR: wrong
    fn allows(&self, _: &mut Bucket) -> bool {
        true
    }
    // ANCHOR_END: wrong
}
