//! refuses_after_the_upgrade: accepts everybody, and closes those who are too many.

use std::sync::Arc;

use axum::{
    extract::ws::{CloseFrame, WebSocketUpgrade},
    response::Response,
};
use futures_util::StreamExt;

use super::{App, Way, converse};

super::entry!(Late);

#[derive(Default)]
struct Late;

impl Way for Late {
    // ANCHOR: wrong
    async fn follow(app: Arc<App<Self>>, upgrade: WebSocketUpgrade) -> Response {
        Self::limits(upgrade).on_upgrade(async move |socket| {
            let Some(seat) = app.take_a_seat() else {
                let (mut sink, mut stream) = socket.split();
                let (code, reason) = (1013, "full".into());
                return Self::say_goodbye(CloseFrame { code, reason }, &mut sink, &mut stream)
                    .await;
            };
            converse(&app, socket).await;
            drop(seat);
        })
    }
    // ANCHOR_END: wrong
}
