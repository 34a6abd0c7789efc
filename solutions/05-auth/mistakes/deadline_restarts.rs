//! deadline_restarts: five seconds for each thing that comes, and a ping is one.

use std::sync::Arc;

use axum::{
    Router,
    extract::ws::{Message, WebSocket, close_code},
};
use tokio::time::timeout;

use super::{Doors, GRACE};

pub fn app() -> Router {
    super::serve_introduction(receive)
}

// ANCHOR: restarts
async fn receive(mut socket: WebSocket, doors: Arc<Doors>) {
    loop {
        // Inside the loop, so that every ping buys five seconds more.
        match timeout(GRACE, socket.recv()).await {
            Ok(Some(Ok(Message::Ping(_) | Message::Pong(_) | Message::Close(_)))) => {}
            Ok(Some(Ok(Message::Text(text)))) => {
                match super::presented(&text).and_then(|token| doors.pass(&token)) {
                    Some(pass) => return (doors.session)(socket, pass).await,
                    None => return super::dismiss(socket, close_code::POLICY).await,
                }
            }
            Ok(Some(Err(_)) | None) => return,
            Ok(Some(Ok(Message::Binary(_)))) | Err(_) => {
                return super::dismiss(socket, close_code::POLICY).await;
            }
        }
    }
}
// ANCHOR_END: restarts
