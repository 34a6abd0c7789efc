//! text_only_loop: the loop's condition asks for text, so that anything else ends it.

use axum::{
    Router,
    extract::ws::{Message, WebSocket},
};

use super::say_goodbye;

pub fn app() -> Router {
    super::serve(converse)
}

// ANCHOR: echo_loop
async fn converse(mut socket: WebSocket) {
    while let Some(Ok(Message::Text(text))) = socket.recv().await {
        if text == "quit" {
            return say_goodbye(socket).await;
        }
        let echo = Message::text(format!("echo: {text}"));
        if socket.send(echo).await.is_err() {
            return;
        }
    }
}
// ANCHOR_END: echo_loop
