//! permit_ends_with_the_handler: takes a permit, and gives it back when the handler returns, which is before the conversation begins.

use std::sync::Arc;

use axum::{
    extract::ws::WebSocketUpgrade,
    http::StatusCode,
    response::{IntoResponse, Response},
};

use super::{App, Way, converse};

super::entry!(Short);

#[derive(Default)]
struct Short;

impl Way for Short {
    // ANCHOR: wrong
    async fn follow(app: Arc<App<Self>>, upgrade: WebSocketUpgrade) -> Response {
        let Ok(_permit) = app.places.try_acquire() else {
            return StatusCode::SERVICE_UNAVAILABLE.into_response();
        };
        let app = Arc::clone(&app);
        Self::limits(upgrade).on_upgrade(async move |socket| converse(&app, socket).await)
        // Here `_permit` is dropped, and the conversation is still to come.
    }
    // ANCHOR_END: wrong
}
