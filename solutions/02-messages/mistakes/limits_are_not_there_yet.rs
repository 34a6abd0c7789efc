//! limits_are_not_there_yet: the loop of chapter 01, as it is before step 5.

use axum::{Router, extract::ws::WebSocketUpgrade, routing::any};

pub fn app() -> Router {
    let upgrade = async |upgrade: WebSocketUpgrade| {
        upgrade.on_upgrade(async |mut socket| {
            while let Some(Ok(message)) = socket.recv().await {
                if let Some(reply) = super::reply(message)
                    && socket.send(reply).await.is_err()
                {
                    return;
                }
            }
        })
    };
    Router::new().route("/ws/messages", any(upgrade))
}
