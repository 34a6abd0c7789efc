//! default_limits: leaves the limits as they come: 64 MiB for a message.

use axum::extract::ws::WebSocketUpgrade;

use super::Way;

super::entry!(Defaults);

#[derive(Default)]
struct Defaults;

impl Way for Defaults {
    // ANCHOR: wrong
    fn limits(upgrade: WebSocketUpgrade) -> WebSocketUpgrade {
        upgrade
    }
    // ANCHOR_END: wrong
}
