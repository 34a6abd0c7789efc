//! logs_a_leaving_client: raises an alarm whenever somebody closes a laptop.

use axum::{
    Router,
    extract::ws::{Message, WebSocket},
};
use tracing::error;

pub fn app() -> Router {
    super::serve(converse)
}

async fn converse(mut socket: WebSocket) {
    while let Some(message) = socket.recv().await {
        let message = match message {
            Ok(message) => message,
            Err(error) => {
                error!(%error, "receive failed");
                return super::send_away(socket, &error).await;
            }
        };
        if let Message::Close(frame) = &message {
            error!(?frame, "client disconnected");
        }
        if let Some(reply) = super::reply(message)
            && let Err(error) = socket.send(reply).await
        {
            error!(%error, "send failed");
            return;
        }
    }
}
