//! never_ends: who is in stays in.

use axum::{Router, extract::ws::WebSocket};

use super::Pass;

pub fn app() -> Router {
    super::serve_session(|socket, pass| Box::pin(session(socket, pass)))
}

async fn session(mut socket: WebSocket, pass: Pass) {
    super::converse(&mut socket, &pass.user).await;
}
