//! quit_limits_each_receive: gives up after five seconds of silence, and not after five seconds.

use std::time::Duration;

use axum::{
    Router,
    extract::ws::{CloseFrame, Message, WebSocket, close_code},
};
use tokio::time::timeout;

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
    let close = CloseFrame {
        code: close_code::NORMAL,
        reason: "".into(),
    };
    let _ = socket.send(Message::Close(Some(close))).await;
    // Whoever says something every four seconds stays for ever.
    while let Ok(Some(Ok(_))) = timeout(Duration::from_secs(5), socket.recv()).await {}
}
