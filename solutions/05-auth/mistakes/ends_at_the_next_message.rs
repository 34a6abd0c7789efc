//! ends_at_the_next_message: looks at the clock whenever something comes.

use axum::{
    Router,
    extract::ws::{Message, WebSocket},
};
use tokio::time::Instant;

use super::{EXPIRED, Pass};

pub fn app() -> Router {
    super::serve_session(|socket, pass| Box::pin(session(socket, pass)))
}

// ANCHOR: next
async fn session(mut socket: WebSocket, pass: Pass) {
    if super::welcome(&mut socket, &pass.user).await.is_err() {
        return;
    }
    while let Some(Ok(message)) = socket.recv().await {
        // A session that only listens is never asked.
        if Instant::now() >= pass.until {
            return super::dismiss(socket, EXPIRED).await;
        }
        if let Message::Text(_) = message
            && socket.send(message).await.is_err()
        {
            return;
        }
    }
}
// ANCHOR_END: next
