//! fixed_beat: pings every twenty seconds, whatever it hears.

use axum::extract::ws::Utf8Bytes;
use futures_util::StreamExt;
use tokio::{
    sync::mpsc,
    time::{Instant, MissedTickBehavior, interval_at, timeout},
};

use super::{App, End, HEARTBEAT, Heard, Line, PONG_GRACE, Sink, Stream, Way};

super::entry!(Metronome);

#[derive(Default)]
struct Metronome;

impl Way for Metronome {
    async fn hear(stream: &mut Stream, _: &Line) -> Heard {
        match timeout(HEARTBEAT + PONG_GRACE, stream.next()).await {
            Ok(heard) => Heard::Something(heard),
            Err(_) => Heard::Nothing,
        }
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
            let mut beat = interval_at(Instant::now() + HEARTBEAT, HEARTBEAT);
            beat.set_missed_tick_behavior(MissedTickBehavior::Delay);
            loop {
                beat.tick().await;
                // Also to somebody who said something a moment ago.
                line.ping.notify_one();
            }
        };
        // ANCHOR_END: wrong
        tokio::select! {
            biased;
            end = super::talk(app, sink, stream, queue, line) => end,
            () = beat => unreachable!(),
        }
    }
}
