//! a_ping_is_the_first_message: what is not the right text is wrong, and a ping is no text.

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

async fn receive(mut socket: WebSocket, doors: Arc<Doors>) {
    let pass = match timeout(GRACE, socket.recv()).await {
        Ok(Some(Ok(Message::Text(text)))) => {
            super::presented(&text).and_then(|token| doors.pass(&token))
        }
        // Whoever left has been answered by the library.
        Ok(Some(Ok(Message::Close(_)))) => return drop(socket.recv().await),
        _ => None,
    };
    match pass {
        Some(pass) => (doors.session)(socket, pass).await,
        None => super::dismiss(socket, close_code::POLICY).await,
    }
}
