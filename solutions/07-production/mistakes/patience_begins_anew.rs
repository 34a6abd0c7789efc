//! patience_begins_anew: waits ten seconds for the answer to its Close, and ten more after each message.

use std::time::Duration;

use axum::extract::ws::{CloseFrame, Message};
use futures_util::{SinkExt, StreamExt};
use tokio::time::{sleep, timeout};

use super::{GOODBYE, Sink, Stream, Way};

super::entry!(Renewed);

#[derive(Default)]
struct Renewed;

impl Way for Renewed {
    // ANCHOR: wrong
    async fn say_goodbye(close: CloseFrame, sink: &mut Sink, stream: &mut Stream) {
        let error = close.code == 1009;
        let sent = timeout(GOODBYE, sink.send(Message::Close(Some(close)))).await;
        if !matches!(sent, Ok(Ok(()))) {
            return;
        }
        // A limit for each message is none for their number.
        while let Ok(Some(Ok(_))) = timeout(GOODBYE, stream.next()).await {}
        if error {
            sleep(Duration::from_secs(1)).await;
        }
    }
    // ANCHOR_END: wrong
}
