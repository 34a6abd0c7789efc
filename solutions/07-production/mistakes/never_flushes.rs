//! never_flushes: feeds, and never flushes.

use axum::extract::ws::Utf8Bytes;
use futures_util::SinkExt;
use tokio::sync::mpsc;

use super::{Line, Sink, Way, next};

super::entry!(Lazy);

#[derive(Default)]
struct Lazy;

impl Way for Lazy {
    // ANCHOR: wrong
    async fn write(sink: &mut Sink, mut queue: mpsc::Receiver<Utf8Bytes>, line: &Line) {
        loop {
            // It is in the buffer now, and leaves it when that is full.
            if sink.feed(next(&mut queue, line).await).await.is_err() {
                return;
            }
        }
    }
    // ANCHOR_END: wrong
}
