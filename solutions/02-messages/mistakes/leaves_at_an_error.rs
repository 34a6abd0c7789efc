//! leaves_at_an_error: takes every error for a lost peer, and says no reason to one that is still there.

use axum::{Router, extract::ws::WebSocket};

pub fn app() -> Router {
    super::serve(converse)
}

async fn converse(mut socket: WebSocket) {
    // The limit works, bad text is refused, and the client is told neither.
    while let Some(Ok(message)) = socket.recv().await {
        if let Some(reply) = super::reply(message)
            && socket.send(reply).await.is_err()
        {
            return;
        }
    }
}
