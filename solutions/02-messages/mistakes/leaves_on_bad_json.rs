//! leaves_on_bad_json: returns where the parse fails, as `?` does, and says no goodbye.

use axum::{
    Router,
    extract::ws::{Message, WebSocket},
};
use serde_json::Value;

pub fn app() -> Router {
    super::serve(converse)
}

async fn converse(mut socket: WebSocket) {
    while let Some(message) = socket.recv().await {
        let message = match message {
            Ok(message) => message,
            Err(error) => return super::send_away(socket, &error).await,
        };
        if let Message::Text(text) = &message {
            // The same as `let command: Value = serde_json::from_str(text)?;`
            let Ok(_) = serde_json::from_str::<Value>(text) else {
                return;
            };
        }
        if let Some(reply) = super::reply(message)
            && socket.send(reply).await.is_err()
        {
            return;
        }
    }
}
