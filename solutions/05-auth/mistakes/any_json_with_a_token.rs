//! any_json_with_a_token: looks for a token in the first message, and not for what the message is.

use std::sync::Arc;

use axum::{
    Router,
    extract::ws::{Message, WebSocket, close_code},
};
use serde_json::Value;
use tokio::time::timeout;

use super::{Doors, GRACE};

pub fn app() -> Router {
    super::serve_introduction(receive)
}

async fn receive(mut socket: WebSocket, doors: Arc<Doors>) {
    let introduction = async {
        while let Some(Ok(message)) = socket.recv().await {
            match message {
                Message::Text(text) => {
                    let message: Value = serde_json::from_str(&text).ok()?;
                    return doors.pass(message["token"].as_str()?);
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
