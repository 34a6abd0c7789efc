//! ignores_pongs: waits for a message, and takes a pong for none.

use axum::extract::ws::Message;
use futures_util::StreamExt;
use tokio::time::timeout;

use super::{HEARTBEAT, Heard, Line, PONG_GRACE, Stream, Way};

super::entry!(Deaf);

#[derive(Default)]
struct Deaf;

impl Way for Deaf {
    // ANCHOR: wrong
    async fn hear(stream: &mut Stream, line: &Line) -> Heard {
        // tungstenite answers and swallows what is for the line only; or so one thinks.
        let mut messages = std::pin::pin!(stream.filter(|message| {
            let pong = matches!(message, Ok(Message::Pong(_)));
            std::future::ready(!pong)
        }));
        if let Ok(heard) = timeout(HEARTBEAT, messages.next()).await {
            return Heard::Something(heard);
        }
        line.ping.notify_one();
        match timeout(PONG_GRACE, messages.next()).await {
            Ok(heard) => Heard::Something(heard),
            Err(_) => Heard::Nothing,
        }
    }
    // ANCHOR_END: wrong
}
