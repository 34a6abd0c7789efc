//! everybody_is_alice: welcomes everybody as the one in the example.

use axum::{Router, extract::ws::WebSocket};
use tokio::time::timeout_at;

use super::{EXPIRED, Pass};

pub fn app() -> Router {
    super::serve_session(|socket, pass| Box::pin(session(socket, pass)))
}

async fn session(mut socket: WebSocket, pass: Pass) {
    let conversation = super::converse(&mut socket, "alice");
    if timeout_at(pass.until, conversation).await.is_err() {
        super::dismiss(socket, EXPIRED).await;
    }
}
