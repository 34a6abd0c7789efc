//! continues_on_error: asks for the next message, whatever became of the last; at the end there is no next one.

use axum::{
    Router,
    extract::ws::{Message, WebSocket},
};

use super::say_goodbye;

pub fn app() -> Router {
    super::serve(converse)
}

async fn converse(mut socket: WebSocket) {
    loop {
        // After the end this is `None` at once, for ever: the loop never waits again.
        let Some(Ok(message)) = socket.recv().await else {
            continue;
        };
        match message {
            Message::Text(text) if text == "quit" => return say_goodbye(socket).await,
            Message::Text(text) => {
                let echo = Message::text(format!("echo: {text}"));
                let _ = socket.send(echo).await;
            }
            _ => {}
        }
    }
}
