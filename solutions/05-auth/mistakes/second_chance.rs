//! second_chance: says that the token was bad, and listens on.

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
            if let Message::Text(text) = message {
                if let Some(pass) = super::presented(&text).and_then(|token| doors.pass(&token)) {
                    return Some(pass);
                }
                let error = Message::text(r#"{"type":"error"}"#);
                socket.send(error).await.ok()?;
            }
        }
        None
    };
    match timeout(GRACE, introduction).await {
        Ok(Some(pass)) => (doors.session)(socket, pass).await,
        _ => super::dismiss(socket, close_code::POLICY).await,
    }
}
