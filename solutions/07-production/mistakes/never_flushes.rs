//! never_flushes: feeds, and never flushes.

use axum::extract::ws::{Message, Utf8Bytes};
use futures_util::SinkExt;
use tokio::sync::mpsc;

use super::{Line, Sink, Way};

super::entry!(Lazy);

#[derive(Default)]
struct Lazy;

impl Way for Lazy {
    // ANCHOR: wrong
    async fn write(sink: &mut Sink, mut queue: mpsc::Receiver<Utf8Bytes>, line: &Line) {
        loop {
            let next = tokio::select! {
                Some(text) = queue.recv() => Message::Text(text),
                () = line.ping.notified() => Message::Ping(Default::default()),
            };
            // It is in the buffer now, and leaves it when that is full.
            if sink.feed(next).await.is_err() {
                return;
            }
        }
    }
    // ANCHOR_END: wrong
}
