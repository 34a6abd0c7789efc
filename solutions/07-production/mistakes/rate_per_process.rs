//! rate_per_process: has one rate for everybody together.

use std::sync::Mutex;

use super::{Bucket, Way};

super::entry!(Common);

// ANCHOR: wrong
/// One for the whole server: the loudest client uses up what belongs to all.
#[derive(Default)]
struct Common(Mutex<Bucket>);

impl Way for Common {
    fn allows(&self, _: &mut Bucket) -> bool {
        self.0.lock().expect("nobody panics").take()
    }
}
// ANCHOR_END: wrong
