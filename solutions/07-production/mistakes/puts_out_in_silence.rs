//! puts_out_in_silence: removes who is too slow from the feed, and does not tell its connection.

use axum::extract::ws::Utf8Bytes;

use super::{App, Way};

super::entry!(Silent);

#[derive(Default)]
struct Silent;

impl Way for Silent {
    // ANCHOR: wrong
    async fn publish(app: &App<Self>, text: Utf8Bytes) {
        // Its task still waits: for texts that nobody puts into its queue any more.
        let sent = |line: &super::Line| line.queue.try_send(text.clone()).is_ok();
        app.followers().retain(|_, line| sent(line));
    }
    // ANCHOR_END: wrong
}
