//! goodbye_without_a_limit: waits for the answer to its Close for as long as it takes.

use axum::extract::ws::CloseFrame;

use super::{Sink, Stream, Way, goodbye};

super::entry!(Endless);

#[derive(Default)]
struct Endless;

impl Way for Endless {
    // ANCHOR: wrong
    async fn say_goodbye(close: CloseFrame, sink: &mut Sink, stream: &mut Stream) {
        // To send it can take for ever already, when the peer does not read.
        goodbye(close, sink, stream).await;
    }
    // ANCHOR_END: wrong
}
