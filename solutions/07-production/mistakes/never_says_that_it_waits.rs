//! never_says_that_it_waits: publishes when every queue has room, and does not know that a writer waits for its peer.

use axum::extract::ws::Utf8Bytes;
use tokio::task::yield_now;

use super::{App, QUEUE, Way};

super::entry!(Spins);

#[derive(Default)]
struct Spins;

impl Way for Spins {
    // ANCHOR: wrong
    async fn publish(app: &App<Self>, text: Utf8Bytes) {
        // As `give_way` is when no writer ever says that it waits: each of them will surely have its turn.
        let crowded = || {
            let room = |line: &super::Line| line.queue.capacity() < QUEUE / 2;
            app.followers().values().any(|line| room(line))
        };
        while crowded() {
            yield_now().await;
        }
        app.publish(&text);
    }
    // ANCHOR_END: wrong
}
