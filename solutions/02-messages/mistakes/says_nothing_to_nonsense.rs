//! says_nothing_to_nonsense: answers what it understands, and leaves the rest without a word.

use axum::{
    Router,
    extract::ws::{Message, WebSocket},
};

use super::Command;

pub fn app() -> Router {
    super::serve(converse)
}

async fn converse(socket: WebSocket) {
    super::converse(socket, |message| match message {
        Message::Text(text) => {
            // The client waits for an answer that never comes, and does not learn why.
            let command: Command = serde_json::from_str(&text).ok()?;
            let event = super::carry_out(command).ok()?;
            Some(Message::text(event.to_string()))
        }
        other => super::reply(other),
    })
    .await;
}
