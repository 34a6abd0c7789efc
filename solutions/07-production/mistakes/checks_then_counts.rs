//! checks_then_counts: looks whether there is a place, and takes it later.

use std::sync::Arc;

use axum::{
    extract::ws::WebSocketUpgrade,
    http::StatusCode,
    response::{IntoResponse, Response},
};

use super::{App, Way, converse};

super::entry!(Gap);

#[derive(Default)]
struct Gap;

impl Way for Gap {
    // ANCHOR: wrong
    async fn follow(app: Arc<App<Self>>, upgrade: WebSocketUpgrade) -> Response {
        if app.places.available_permits() == 0 {
            return StatusCode::SERVICE_UNAVAILABLE.into_response();
        }
        Self::limits(upgrade).on_upgrade(async move |socket| {
            // Between the question and this line lies a handshake, and others have asked meanwhile.
            let seat = app.take_a_seat();
            converse(&app, socket).await;
            drop(seat);
        })
    }
    // ANCHOR_END: wrong
}
