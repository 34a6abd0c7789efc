//! leaves_at_close: takes a Close for the end, and drops the socket before the answer to it has left.

use axum::extract::ws::Message;

use super::{Heard, Line, Stream, Way, hear};

super::entry!(Hasty);

#[derive(Default)]
struct Hasty;

impl Way for Hasty {
    // ANCHOR: wrong
    async fn hear(stream: &mut Stream, line: &Line) -> Heard {
        match hear(stream, line).await {
            // The answer is queued, and leaves with the next poll; here there is none.
            Heard::Something(Some(Ok(Message::Close(_)))) => Heard::Something(None),
            heard => heard,
        }
    }
    // ANCHOR_END: wrong
}
