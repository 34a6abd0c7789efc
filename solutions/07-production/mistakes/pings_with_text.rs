//! pings_with_text: asks with a text whether anybody is there.

use axum::extract::ws::{Message, Utf8Bytes};
use futures_util::SinkExt;
use tokio::sync::mpsc;

use super::{Line, Sink, Way};

super::entry!(Texts);

#[derive(Default)]
struct Texts;

impl Way for Texts {
    // ANCHOR: wrong
    async fn write(sink: &mut Sink, mut queue: mpsc::Receiver<Utf8Bytes>, line: &Line) {
        loop {
            let next = tokio::select! {
                Some(text) = queue.recv() => text,
                () = line.ping.notified() => "ping".into(),
            };
            if sink.send(Message::Text(next)).await.is_err() {
                return;
            }
        }
    }
    // ANCHOR_END: wrong
}
