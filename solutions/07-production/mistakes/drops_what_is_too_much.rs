//! drops_what_is_too_much: drops what finds no room, and says nothing.

use axum::extract::ws::Utf8Bytes;

use super::{App, Way};

super::entry!(Drops);

#[derive(Default)]
struct Drops;

impl Way for Drops {
    // ANCHOR: wrong
    async fn publish(app: &App<Self>, text: Utf8Bytes) {
        for line in app.followers().values() {
            let _ = line.queue.try_send(text.clone());
        }
    }
    // ANCHOR_END: wrong
}
