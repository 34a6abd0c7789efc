//! counts_by_hand: the library's limit is a wall further out, the 64 KiB are counted here, and so the closing handshake is whole.

use std::time::Duration;

use axum::{
    Router,
    extract::ws::{CloseFrame, Message, WebSocket, WebSocketUpgrade, close_code},
    routing::any,
};

use crate::mistakes::{MAX_MESSAGE, farewell, reply};

pub fn app() -> Router {
    let upgrade = async |upgrade: WebSocketUpgrade| {
        upgrade
            .max_message_size(2 * MAX_MESSAGE)
            .on_upgrade(converse)
    };
    Router::new().route("/ws/messages", any(upgrade))
}

async fn converse(mut socket: WebSocket) {
    loop {
        let close = match socket.recv().await {
            None => return,
            Some(Ok(Message::Text(text))) if text.len() > MAX_MESSAGE => too_big(),
            Some(Ok(Message::Binary(bytes))) if bytes.len() > MAX_MESSAGE => too_big(),
            Some(Ok(message)) => {
                if let Some(reply) = reply(message)
                    && socket.send(reply).await.is_err()
                {
                    return;
                }
                continue;
            }
            Some(Err(error)) => match farewell(&error) {
                Some(close) => close,
                None => return,
            },
        };
        let _ = socket.send(Message::Close(Some(close))).await;
        // The message was received whole, so the stream goes on, up to the peer's Close.
        let drain = async { while let Some(Ok(_)) = socket.recv().await {} };
        let _ = tokio::time::timeout(Duration::from_secs(5), drain).await;
        return;
    }
}

fn too_big() -> CloseFrame {
    CloseFrame {
        code: close_code::SIZE,
        reason: "64 KiB are enough".into(),
    }
}
