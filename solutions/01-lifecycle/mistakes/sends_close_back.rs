//! sends_close_back: answers a Close by hand, which is refused, and drops the socket with the reply that was queued.

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
        match message {
            Message::Text(text) if text == "quit" => return say_goodbye(socket).await,
            Message::Text(text) => {
                let echo = Message::text(format!("echo: {text}"));
                if socket.send(echo).await.is_err() {
                    return;
                }
            }
            Message::Close(frame) => {
                // Err(SendAfterClosing), and nothing was flushed.
                let _ = socket.send(Message::Close(frame)).await;
                return;
            }
            _ => {}
        }
    }
}
