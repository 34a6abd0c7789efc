//! never_lets_go: says why, and then waits for somebody who need not answer.

use std::future::pending;

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
            Ok(message) => message,
            Err(error) => {
                if let Some(close) = super::farewell(&error) {
                    let _ = socket.send(Message::Close(Some(close))).await;
                    // The socket is this task's, and this task never ends.
                    pending::<()>().await;
                }
                return;
            }
        };
        if let Some(reply) = super::reply(message)
            && socket.send(reply).await.is_err()
        {
            return;
        }
    }
}
