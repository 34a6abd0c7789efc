//! quit_without_a_code: starts the closing handshake with an empty Close.

use std::time::Duration;

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
            if text == "quit" {
                break;
            }
            let echo = Message::text(format!("echo: {text}"));
            if socket.send(echo).await.is_err() {
                return;
            }
        }
    }
    // The client reports 1005: "no code was present".
    let _ = socket.send(Message::Close(None)).await;
    let drain = async { while let Some(Ok(_)) = socket.recv().await {} };
    let _ = tokio::time::timeout(Duration::from_secs(5), drain).await;
}
