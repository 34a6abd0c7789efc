//! no_heartbeat: never asks after anybody.

use futures_util::StreamExt;

use super::{Heard, Line, Stream, Way};

super::entry!(Silent);

#[derive(Default)]
struct Silent;

impl Way for Silent {
    // ANCHOR: wrong
    async fn hear(stream: &mut Stream, _: &Line) -> Heard {
        Heard::Something(stream.next().await)
    }
    // ANCHOR_END: wrong
}
