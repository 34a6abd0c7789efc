//! awaits_its_own_queue: waits for room in the queue of the client to whom it listens.

use axum::extract::ws::Utf8Bytes;

use super::{Line, Way};

super::entry!(Waits);

#[derive(Default)]
struct Waits;

impl Way for Waits {
    // ANCHOR: wrong
    async fn answer(line: &Line, text: Utf8Bytes) -> bool {
        // There is room when the peer reads; meanwhile nobody listens to it, and nobody looks at the time.
        line.queue.send(text).await.is_ok()
    }
    // ANCHOR_END: wrong
}
