//! counts_only_goodbyes: counts a connection out when its Close arrives, and most end without one.

use std::sync::Arc;

use axum::{
    extract::ws::{Message, WebSocketUpgrade},
    http::StatusCode,
    response::{IntoResponse, Response},
};

use super::{App, Heard, Line, Stream, Way, converse};

super::entry!(Polite);

#[derive(Default)]
struct Polite;

impl Way for Polite {
    // ANCHOR: wrong
    async fn follow(app: Arc<App<Self>>, upgrade: WebSocketUpgrade) -> Response {
        let Ok(permit) = app.places.try_acquire() else {
            return StatusCode::SERVICE_UNAVAILABLE.into_response();
        };
        // One place less, until somebody says goodbye.
        permit.forget();
        let app = Arc::clone(&app);
        Self::limits(upgrade).on_upgrade(async move |socket| converse(&app, socket).await)
    }

    async fn hear(stream: &mut Stream, line: &Line) -> Heard {
        let heard = super::hear(stream, line).await;
        if let Heard::Something(Some(Ok(Message::Close(_)))) = &heard {
            line.places.add_permits(1);
        }
        heard
    }
    // ANCHOR_END: wrong
}
