//! counts_from_the_last_sign: measures the grace from the last sign of life, and not from the ping.

use futures_util::StreamExt;
use tokio::time::{Instant, timeout, timeout_at};

use super::{HEARTBEAT, Heard, Line, PONG_GRACE, Stream, Way};

super::entry!(Strict);

#[derive(Default)]
struct Strict;

impl Way for Strict {
    // ANCHOR: wrong
    async fn hear(stream: &mut Stream, line: &Line) -> Heard {
        let last = Instant::now();
        if let Ok(heard) = timeout(HEARTBEAT, stream.next()).await {
            return Heard::Something(heard);
        }
        line.ping.notify_one();
        // After a pause this lies in the past, before the ping has even left.
        match timeout_at(last + HEARTBEAT + PONG_GRACE, stream.next()).await {
            Ok(heard) => Heard::Something(heard),
            Err(_) => Heard::Nothing,
        }
    }
    // ANCHOR_END: wrong
}
