//! explains_at_length: puts more into a Close than the 123 bytes of reason that fit.

use axum::{
    Router,
    extract::ws::{Message, WebSocket},
};

pub fn app() -> Router {
    super::serve(converse)
}

async fn converse(mut socket: WebSocket) {
    while let Some(message) = socket.recv().await {
        let message = match message {
            Ok(message) => message,
            Err(error) => {
                let Some(mut close) = super::farewell(&error) else {
                    return;
                };
                // tungstenite sends it as it is; the peer fails the connection over it.
                close.reason = format!(
                    "your last message was not accepted: {error}; see the section on limits and encodings \
                     in the documentation of this service, or write to its operators"
                )
                .into();
                let _ = socket.send(Message::Close(Some(close))).await;
                return;
            }
        };
        if let Some(reply) = super::reply(message)
            && socket.send(reply).await.is_err()
        {
            return;
        }
    }
}
