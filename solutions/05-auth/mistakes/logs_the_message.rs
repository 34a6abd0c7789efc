//! logs_the_message: writes what it receives into the log, for the time being.

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
    let introduction = async {
        while let Some(Ok(message)) = socket.recv().await {
            tracing::debug!(?message, "received");
            match message {
                Message::Text(text) => {
                    return super::presented(&text).and_then(|token| doors.pass(&token));
                }
                Message::Binary(_) => return None,
                _ => {}
            }
        }
        None
    };
    match timeout(GRACE, introduction).await {
        Ok(Some(pass)) => (doors.session)(socket, pass).await,
        _ => super::dismiss(socket, close_code::POLICY).await,
    }
}
