//! all_the_rest_is_bytes: an arm for text, and one for everything else: pings are everything else.

use axum::{
    Router,
    extract::ws::{Message, WebSocket},
};

pub fn app() -> Router {
    super::serve(converse)
}

async fn converse(socket: WebSocket) {
    super::converse(socket, |message| match message {
        Message::Text(text) => super::reply(Message::Text(text)),
        // `into_data` gives bytes for a ping, a pong and a Close as well.
        other => Some(Message::binary(super::reversed(&other.into_data()))),
    })
    .await;
}
