//! waits_for_a_place: has whoever comes too many wait, in place of refusing.

use std::sync::Arc;

use axum::{extract::ws::WebSocketUpgrade, response::Response};

use super::{App, Way, converse};

super::entry!(Queues);

#[derive(Default)]
struct Queues;

impl Way for Queues {
    // ANCHOR: wrong
    async fn follow(app: Arc<App<Self>>, upgrade: WebSocketUpgrade) -> Response {
        // A request that waits is a connection, too, and of those there is no limit.
        let seat = app.await_a_seat().await;
        Self::limits(upgrade).on_upgrade(async move |socket| {
            converse(&app, socket).await;
            drop(seat);
        })
    }
    // ANCHOR_END: wrong
}
