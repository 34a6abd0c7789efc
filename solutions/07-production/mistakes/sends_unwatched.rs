//! sends_unwatched: awaits its sends in the body of the loop, and hears of nothing meanwhile.

use axum::extract::ws::{Message, Utf8Bytes};
use futures_util::{SinkExt, StreamExt};
use tokio::{
    sync::mpsc,
    time::{Instant, sleep_until},
};

use super::{App, Bucket, End, HEARTBEAT, Line, PONG_GRACE, Sink, Stream, Way, take_in};

super::entry!(Unwatched);

#[derive(Default)]
struct Unwatched;

impl Way for Unwatched {
    async fn talk(
        app: &App<Self>,
        sink: &mut Sink,
        stream: &mut Stream,
        mut queue: mpsc::Receiver<Utf8Bytes>,
        line: &Line,
    ) -> End {
        let mut bucket = Bucket::default();
        let (mut deadline, mut asked) = (Instant::now() + HEARTBEAT, false);
        loop {
            // ANCHOR: wrong
            let heard = tokio::select! {
                biased;
                () = app.stop.cancelled() => return End::Told(1001),
                () = line.put_out.notified() => return End::Told(1013),
                heard = stream.next() => heard,
                Some(text) = queue.recv() => {
                    // Not cancelled half-way, that is right; and not ended by anything either.
                    match sink.send(Message::Text(text)).await {
                        Ok(()) => continue,
                        Err(_) => return End::Left,
                    }
                }
                () = sleep_until(deadline), if asked => return End::Told(1011),
                () = sleep_until(deadline) => {
                    (deadline, asked) = (Instant::now() + PONG_GRACE, true);
                    match sink.send(Message::Ping(Default::default())).await {
                        Ok(()) => continue,
                        Err(_) => return End::Left,
                    }
                }
            };
            // ANCHOR_END: wrong
            (deadline, asked) = (Instant::now() + HEARTBEAT, false);
            if let Some(end) = take_in(app, heard, &mut bucket, line).await {
                return end;
            }
        }
    }
}
