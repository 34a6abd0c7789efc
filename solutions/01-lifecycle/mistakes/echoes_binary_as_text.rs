//! echoes_binary_as_text: turns every message into text, whatever it was.

use axum::{
    Router,
    extract::ws::{Message, WebSocket},
};

use super::say_goodbye;

pub fn app() -> Router {
    super::serve(converse)
}

async fn converse(mut socket: WebSocket) {
    while let Some(Ok(message)) = socket.recv().await {
        if matches!(
            message,
            Message::Ping(_) | Message::Pong(_) | Message::Close(_)
        ) {
            continue;
        }
        // Binary that happens to be UTF-8 passes here.
        let Ok(text) = message.into_text() else {
            continue;
        };
        if text == "quit" {
            return say_goodbye(socket).await;
        }
        let echo = Message::text(format!("echo: {text}"));
        if socket.send(echo).await.is_err() {
            return;
        }
    }
}
