//! resets_on_send: counts silence from the last message in either direction.

use futures_util::StreamExt;
use tokio::time::{Instant, sleep_until, timeout};

use super::{HEARTBEAT, Heard, Line, PONG_GRACE, Stream, Way};

super::entry!(Busy);

#[derive(Default)]
struct Busy;

impl Way for Busy {
    // ANCHOR: wrong
    async fn hear(stream: &mut Stream, line: &Line) -> Heard {
        let begin = Instant::now();
        let silence = async {
            loop {
                let sent = *line.sent.lock().expect("nobody panics");
                // Whatever is sent puts the ping off: a feed that is busy never asks, and never learns who is dead.
                let due = sent.max(begin) + HEARTBEAT;
                if due <= Instant::now() {
                    return;
                }
                sleep_until(due).await;
            }
        };
        tokio::select! {
            heard = stream.next() => return Heard::Something(heard),
            () = silence => line.ping.notify_one(),
        }
        match timeout(PONG_GRACE, stream.next()).await {
            Ok(heard) => Heard::Something(heard),
            Err(_) => Heard::Nothing,
        }
    }
    // ANCHOR_END: wrong
}
