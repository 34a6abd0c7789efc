//! quit_waits_for_ever: waits for the peer's Close without a limit.

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
                // A peer that is gone keeps its slot.
                while let Some(Ok(_)) = socket.recv().await {}
                return;
            }
            let echo = Message::text(format!("echo: {text}"));
            if socket.send(echo).await.is_err() {
                return;
            }
        }
    }
}
