//! awaits_each: waits for room in one queue before it looks at the next.

use std::sync::Arc;

use axum::extract::ws::Utf8Bytes;

use super::{App, Way};

super::entry!(Waits);

#[derive(Default)]
struct Waits;

impl Way for Waits {
    // ANCHOR: wrong
    async fn publish(app: &App<Self>, text: Utf8Bytes) {
        let lines: Vec<_> = app.followers().values().map(Arc::clone).collect();
        for line in lines {
            // Bounded, so memory is safe; and whoever does not read stops the feed for everybody.
            let _ = line.queue.send(text.clone()).await;
        }
    }
    // ANCHOR_END: wrong
}
