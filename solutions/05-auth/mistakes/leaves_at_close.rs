//! leaves_at_close: returns when a Close arrives, before the answer to it has left.

use axum::{
    Router,
    extract::ws::{Message, WebSocket},
};
use tokio::time::timeout_at;

use super::{EXPIRED, Pass};

pub fn app() -> Router {
    super::serve_session(|socket, pass| Box::pin(session(socket, pass)))
}

// ANCHOR: leaves
async fn session(mut socket: WebSocket, pass: Pass) {
    let conversation = async {
        if super::welcome(&mut socket, &pass.user).await.is_err() {
            return;
        }
        while let Some(Ok(message)) = socket.recv().await {
            match message {
                Message::Close(_) => return,
                Message::Text(_) if socket.send(message).await.is_err() => return,
                _ => {}
            }
        }
    };
    if timeout_at(pass.until, conversation).await.is_err() {
        super::dismiss(socket, EXPIRED).await;
    }
}
// ANCHOR_END: leaves
