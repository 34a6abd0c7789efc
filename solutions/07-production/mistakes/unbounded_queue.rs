//! unbounded_queue: queues without a bound.

use tokio::sync::Semaphore;

use super::Way;

super::entry!(Unbounded);

#[derive(Default)]
struct Unbounded;

impl Way for Unbounded {
    // ANCHOR: wrong
    /// As good as `unbounded_channel()`: there is always room.
    fn queue() -> usize {
        Semaphore::MAX_PERMITS
    }
    // ANCHOR_END: wrong
}
