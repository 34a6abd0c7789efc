//! leaves_at_close: returns as soon as Close arrives, before the reply has left the process.

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
            // The reply is queued, and goes out on the next poll: there is none.
            Message::Close(_) => return,
            _ => {}
        }
    }
}
