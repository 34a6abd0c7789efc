//! pings_for_ever: pings, and does not ask whether anybody answers.

use futures_util::StreamExt;
use tokio::time::timeout;

use super::{HEARTBEAT, Heard, Line, Stream, Way};

super::entry!(Trusting);

#[derive(Default)]
struct Trusting;

impl Way for Trusting {
    // ANCHOR: wrong
    async fn hear(stream: &mut Stream, line: &Line) -> Heard {
        loop {
            match timeout(HEARTBEAT, stream.next()).await {
                Ok(heard) => return Heard::Something(heard),
                // Every proxy on the way is content, and the peer may be dead for a week.
                Err(_) => line.ping.notify_one(),
            }
        }
    }
    // ANCHOR_END: wrong
}
