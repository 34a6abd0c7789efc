//! commands_in_binary: looks into every message for JSON, whatever kind the sender chose.

use axum::{
    Router,
    extract::ws::{Message, WebSocket},
};

pub fn app() -> Router {
    super::serve(converse)
}

async fn converse(socket: WebSocket) {
    super::converse(socket, |message| match message {
        Message::Binary(bytes) => match str::from_utf8(&bytes) {
            // Bytes that happen to look like a command are carried out.
            Ok(text) if text.starts_with('{') => {
                Some(Message::text(super::answer(text).to_string()))
            }
            _ => super::reply(Message::Binary(bytes)),
        },
        other => super::reply(other),
    })
    .await;
}
