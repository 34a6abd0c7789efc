//! burst_interval: beats with an interval that makes up for every tick it has missed.

use axum::extract::ws::Utf8Bytes;
use futures_util::StreamExt;
use tokio::{
    sync::mpsc,
    time::{Duration, Instant, interval},
};

use super::{App, End, HEARTBEAT, Heard, Line, PONG_GRACE, Sink, Stream, Way};

super::entry!(Burst);

#[derive(Default)]
struct Burst;

impl Way for Burst {
    async fn hear(stream: &mut Stream, line: &Line) -> Heard {
        let heard = stream.next().await;
        *line.heard.lock().expect("nobody panics") = Instant::now();
        Heard::Something(heard)
    }

    async fn talk(
        app: &App<Self>,
        sink: &mut Sink,
        stream: &mut Stream,
        queue: mpsc::Receiver<Utf8Bytes>,
        line: &Line,
    ) -> End {
        // ANCHOR: wrong
        let beat = async {
            let second = Duration::from_secs(1);
            // By default a tick that was missed is made up for, at once: after a pause of a minute there are sixty.
            let mut seconds = interval(second);
            let mut unanswered = Duration::ZERO;
            loop {
                seconds.tick().await;
                let silence = line.heard.lock().expect("nobody panics").elapsed();
                if silence < HEARTBEAT {
                    unanswered = Duration::ZERO;
                } else if unanswered == PONG_GRACE {
                    return;
                } else {
                    if unanswered.is_zero() {
                        line.ping.notify_one();
                    }
                    unanswered += second;
                }
            }
        };
        // ANCHOR_END: wrong
        tokio::select! {
            biased;
            end = super::talk(app, sink, stream, queue, line) => end,
            () = beat => End::Told(1011),
        }
    }
}
