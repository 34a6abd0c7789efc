//! json_as_binary: sends JSON as a binary message, because `to_vec` made bytes of it.

use axum::{
    Router,
    extract::ws::{Message, WebSocket},
};

pub fn app() -> Router {
    super::serve(converse)
}

async fn converse(socket: WebSocket) {
    super::converse(socket, |message| match message {
        Message::Text(text) => {
            let event = super::answer(&text);
            // A page gets a Blob here, and `JSON.parse` of it fails.
            let json = serde_json::to_vec(&event).expect("it is JSON");
            Some(Message::binary(json))
        }
        other => super::reply(other),
    })
    .await;
}
