//! leaves_at_close: takes the Close for the end, and drops the socket before the answer is sent.

use axum::{
    Router,
    extract::ws::{Message, WebSocket},
};

pub fn app() -> Router {
    super::serve(converse)
}

async fn converse(mut socket: WebSocket) {
    while let Some(message) = socket.recv().await {
        let message = match message {
            // The library has an answer ready, and `recv()` would send it.
            Ok(Message::Close(_)) => return,
            Ok(message) => message,
            Err(error) => return super::send_away(socket, &error).await,
        };
        if let Some(reply) = super::reply(message)
            && socket.send(reply).await.is_err()
        {
            return;
        }
    }
}
