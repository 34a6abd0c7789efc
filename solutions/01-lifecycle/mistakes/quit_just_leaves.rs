//! quit_just_leaves: ends the loop at `quit`, and says nothing.

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
                // TCP ends here, without a Close: the client reports 1006.
                break;
            }
            let echo = Message::text(format!("echo: {text}"));
            if socket.send(echo).await.is_err() {
                break;
            }
        }
    }
}
