//! echoes_quit: treats `quit` like any other text.

use axum::{
    Router,
    extract::ws::{Message, WebSocket},
};

pub fn app() -> Router {
    super::serve(converse)
}

async fn converse(mut socket: WebSocket) {
    while let Some(Ok(message)) = socket.recv().await {
        if let Message::Text(text) = message {
            let echo = Message::text(format!("echo: {text}"));
            if socket.send(echo).await.is_err() {
                return;
            }
        }
    }
}
