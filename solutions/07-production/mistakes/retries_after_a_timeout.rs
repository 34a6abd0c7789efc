//! retries_after_a_timeout: sends again what did not go out in time.

use std::time::Duration;

use axum::extract::ws::Utf8Bytes;
use futures_util::SinkExt;
use tokio::{sync::mpsc, time::timeout};

use super::{Line, Sink, Way, next};

super::entry!(Retries);

#[derive(Default)]
struct Retries;

impl Way for Retries {
    // ANCHOR: wrong
    async fn write(sink: &mut Sink, mut queue: mpsc::Receiver<Utf8Bytes>, line: &Line) {
        loop {
            let message = next(&mut queue, line).await;
            loop {
                match timeout(Duration::from_secs(5), sink.send(message.clone())).await {
                    Ok(Ok(())) => break,
                    Ok(Err(_)) => return,
                    // It was fed, and is only not flushed: now it is there twice.
                    Err(_) => continue,
                }
            }
        }
    }
    // ANCHOR_END: wrong
}
