//! limits_frames_only: limits the size of a frame, and a message is as many frames as one likes.

use axum::{Router, extract::ws::WebSocketUpgrade, routing::any};

pub fn app() -> Router {
    let upgrade = async |upgrade: WebSocketUpgrade| {
        upgrade
            // Two frames of 40,000 bytes pass, and so do a thousand, up to 64 MiB.
            .max_frame_size(super::MAX_MESSAGE)
            .on_upgrade(|socket| super::converse(socket, super::reply))
    };
    Router::new().route("/ws/messages", any(upgrade))
}
