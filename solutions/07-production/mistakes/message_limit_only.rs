//! message_limit_only: limits the message, and not the frame.

use axum::extract::ws::WebSocketUpgrade;

use super::{MAX_MESSAGE, Way};

super::entry!(Half);

#[derive(Default)]
struct Half;

impl Way for Half {
    // ANCHOR: wrong
    fn limits(upgrade: WebSocketUpgrade) -> WebSocketUpgrade {
        // Looked at when a frame is there; up to 16 MiB are set aside for one that is announced.
        upgrade.max_message_size(MAX_MESSAGE)
    }
    // ANCHOR_END: wrong
}
