//! ends_without_a_word: ends the task when the token ends, and the socket with it.

use axum::{Router, extract::ws::WebSocket};
use tokio::time::timeout_at;

use super::Pass;

pub fn app() -> Router {
    super::serve_session(|socket, pass| Box::pin(session(socket, pass)))
}

async fn session(mut socket: WebSocket, pass: Pass) {
    let _ = timeout_at(pass.until, super::converse(&mut socket, &pass.user)).await;
}
