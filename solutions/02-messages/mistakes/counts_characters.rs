//! counts_characters: limits a text by its characters, of which one may be four bytes.

use axum::{
    Router,
    extract::ws::{CloseFrame, Message, WebSocket, WebSocketUpgrade, close_code},
    routing::any,
};

use super::{MAX_MESSAGE, reply, send_away};

pub fn app() -> Router {
    let upgrade = async |upgrade: WebSocketUpgrade| upgrade.on_upgrade(converse);
    Router::new().route("/ws/messages", any(upgrade))
}

async fn converse(mut socket: WebSocket) {
    while let Some(message) = socket.recv().await {
        let message = match message {
            Ok(message) => message,
            Err(error) => return send_away(socket, &error).await,
        };
        let size = match &message {
            // For `a` it is the same, and for `ü` it is half.
            Message::Text(text) => text.chars().count(),
            Message::Binary(bytes) => bytes.len(),
            _ => 0,
        };
        if size > MAX_MESSAGE {
            let (code, reason) = (close_code::SIZE, "".into());
            let close = Message::Close(Some(CloseFrame { code, reason }));
            let _ = socket.send(close).await;
            return;
        }
        if let Some(reply) = reply(message)
            && socket.send(reply).await.is_err()
        {
            return;
        }
    }
}
