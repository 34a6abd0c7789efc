//! quit_drops_the_socket: sends Close, and does not wait for the peer's.

use axum::{
    Router,
    extract::ws::{CloseFrame, Message, WebSocket, close_code},
};

pub fn app() -> Router {
    super::serve(converse)
}

async fn converse(mut socket: WebSocket) {
    while let Some(Ok(message)) = socket.recv().await {
        if let Message::Text(text) = message {
            if text == "quit" {
                let close = CloseFrame {
                    code: close_code::NORMAL,
                    reason: "".into(),
                };
                let _ = socket.send(Message::Close(Some(close))).await;
                // The answer, and what was under way before it, will find nobody.
                return;
            }
            let echo = Message::text(format!("echo: {text}"));
            if socket.send(echo).await.is_err() {
                return;
            }
        }
    }
}
