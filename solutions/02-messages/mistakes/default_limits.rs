//! default_limits: sets no limit, which leaves 64 MiB a message.

use axum::{Router, extract::ws::WebSocketUpgrade, routing::any};

pub fn app() -> Router {
    let upgrade = async |upgrade: WebSocketUpgrade| {
        // A thousand clients may now have 64 GiB of this server's memory.
        upgrade.on_upgrade(|socket| super::converse(socket, super::reply))
    };
    Router::new().route("/ws/messages", any(upgrade))
}
