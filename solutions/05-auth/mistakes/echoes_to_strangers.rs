//! echoes_to_strangers: has one loop for everything, and an echo in it for those who are still to say who they are.

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
            match message {
                Message::Text(text) if text.contains("auth") => {
                    return super::presented(&text).and_then(|token| doors.pass(&token));
                }
                Message::Text(text) => socket.send(Message::Text(text)).await.ok()?,
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
