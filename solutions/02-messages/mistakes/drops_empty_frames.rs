//! drops_empty_frames: takes a message without bytes for no message.

use axum::{
    Router,
    extract::ws::{Message, WebSocket},
};

pub fn app() -> Router {
    super::serve(converse)
}

async fn converse(socket: WebSocket) {
    super::converse(socket, |message| match message {
        // In a stream of bytes nothing is nothing. In a stream of messages it is a message.
        Message::Binary(bytes) if bytes.is_empty() => None,
        other => super::reply(other),
    })
    .await;
}
