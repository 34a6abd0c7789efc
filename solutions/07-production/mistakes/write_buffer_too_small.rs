//! write_buffer_too_small: lowers one limit of the write buffer and not the other, which panics behind the 101.

use axum::extract::ws::WebSocketUpgrade;

use super::{MAX_MESSAGE, Way};

super::entry!(TooSmall);

#[derive(Default)]
struct TooSmall;

impl Way for TooSmall {
    // ANCHOR: wrong
    fn limits(upgrade: WebSocketUpgrade) -> WebSocketUpgrade {
        upgrade
            .max_message_size(MAX_MESSAGE)
            .max_frame_size(MAX_MESSAGE)
            // The other one, `write_buffer_size`, is 128 KiB, and has to be smaller.
            .max_write_buffer_size(64 * 1024)
    }
    // ANCHOR_END: wrong
}
