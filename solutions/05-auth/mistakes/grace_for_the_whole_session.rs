//! grace_for_the_whole_session: the five seconds are around everything, the session too.

use std::sync::Arc;

use axum::{
    Router,
    extract::ws::{WebSocket, close_code},
};
use tokio::time::timeout;

use super::{Doors, GRACE};

pub fn app() -> Router {
    super::serve_introduction(receive)
}

async fn receive(mut socket: WebSocket, doors: Arc<Doors>) {
    let all = async {
        if let Some(pass) = super::introduction(&mut socket, &doors).await {
            super::converse(&mut socket, &pass.user).await;
            return true;
        }
        false
    };
    if timeout(GRACE, all).await != Ok(true) {
        super::dismiss(socket, close_code::POLICY).await;
    }
}
