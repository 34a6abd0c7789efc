//! waits_for_ever: has all the time in the world for somebody who says nothing.

use std::sync::Arc;

use axum::{
    Router,
    extract::ws::{WebSocket, close_code},
};

use super::Doors;

pub fn app() -> Router {
    super::serve_introduction(receive)
}

async fn receive(mut socket: WebSocket, doors: Arc<Doors>) {
    match super::introduction(&mut socket, &doors).await {
        Some(pass) => (doors.session)(socket, pass).await,
        None => super::dismiss(socket, close_code::POLICY).await,
    }
}
