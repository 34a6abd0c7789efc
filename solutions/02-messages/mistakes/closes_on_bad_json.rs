//! closes_on_bad_json: sends a whole session away for one bad message.

use axum::{
    Router,
    extract::ws::{CloseFrame, Message, WebSocket, close_code},
};
use serde_json::Value;

pub fn app() -> Router {
    super::serve(converse)
}

async fn converse(socket: WebSocket) {
    super::converse(socket, |message| match message {
        Message::Text(text) if serde_json::from_str::<Value>(&text).is_err() => {
            // 1007 is about bytes that are no text, not about text that is no JSON.
            let (code, reason) = (close_code::INVALID, "bad JSON".into());
            Some(Message::Close(Some(CloseFrame { code, reason })))
        }
        other => super::reply(other),
    })
    .await;
}
