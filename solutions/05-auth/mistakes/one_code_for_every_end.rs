//! one_code_for_every_end: has one close code, and a client that wonders what to do.

use axum::{
    Router,
    extract::ws::{WebSocket, close_code},
};
use tokio::time::timeout_at;

use super::Pass;

pub fn app() -> Router {
    super::serve_session(|socket, pass| Box::pin(session(socket, pass)))
}

async fn session(mut socket: WebSocket, pass: Pass) {
    let conversation = super::converse(&mut socket, &pass.user);
    if timeout_at(pass.until, conversation).await.is_err() {
        super::dismiss(socket, close_code::POLICY).await;
    }
}
