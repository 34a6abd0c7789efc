//! drops_after_the_close: sends its Close, and drops the socket.

use axum::extract::ws::{CloseFrame, Message};
use futures_util::SinkExt;

use super::{Sink, Stream, Way};

super::entry!(Hasty);

#[derive(Default)]
struct Hasty;

impl Way for Hasty {
    // ANCHOR: wrong
    async fn say_goodbye(close: CloseFrame, sink: &mut Sink, _: &mut Stream) {
        let _ = sink.send(Message::Close(Some(close))).await;
    }
    // ANCHOR_END: wrong
}
