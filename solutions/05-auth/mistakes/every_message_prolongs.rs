//! every_message_prolongs: the time that is left begins anew with every message.

use axum::{
    Router,
    extract::ws::{Message, WebSocket},
};
use tokio::time::{Instant, timeout};

use super::{EXPIRED, Pass};

pub fn app() -> Router {
    super::serve_session(|socket, pass| Box::pin(session(socket, pass)))
}

// ANCHOR: prolongs
async fn session(mut socket: WebSocket, pass: Pass) {
    let left = pass.until - Instant::now();
    if super::welcome(&mut socket, &pass.user).await.is_err() {
        return;
    }
    loop {
        match timeout(left, socket.recv()).await {
            Ok(Some(Ok(message @ Message::Text(_)))) => {
                if socket.send(message).await.is_err() {
                    return;
                }
            }
            Ok(Some(Ok(_))) => {}
            Ok(Some(Err(_)) | None) => return,
            Err(_) => return super::dismiss(socket, EXPIRED).await,
        }
    }
}
// ANCHOR_END: prolongs
