//! unwraps_every_message: panics when a peer is reset, which happens every day.

use axum::{
    Router,
    extract::ws::{Message, WebSocket},
};

use super::say_goodbye;

pub fn app() -> Router {
    super::serve(converse)
}

async fn converse(mut socket: WebSocket) {
    while let Some(message) = socket.recv().await {
        let message = message.unwrap();
        match message {
            Message::Text(text) if text == "quit" => return say_goodbye(socket).await,
            Message::Text(text) => {
                let echo = Message::text(format!("echo: {text}"));
                if socket.send(echo).await.is_err() {
                    return;
                }
            }
            _ => {}
        }
    }
}
