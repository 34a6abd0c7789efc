//! sends_unwatched: awaits its sends in the body of the loop, and hears of nothing meanwhile.

use axum::extract::ws::{Message, Utf8Bytes};
use futures_util::{SinkExt, StreamExt};
use tokio::{
    sync::mpsc,
    time::{Instant, sleep_until},
};

use super::{App, Bucket, End, HEARTBEAT, Line, PONG_GRACE, Sink, Stream, Way};

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
            let message = match heard {
                Some(Ok(message)) => message,
                Some(Err(error)) => return Self::broken(&error),
                None => return End::Left,
            };
            let counts = matches!(message, Message::Text(_) | Message::Binary(_));
            if counts && !bucket.take() {
                return End::Told(1008);
            }
            if let Message::Text(text) = message
                && line.queue.try_send(text).is_err()
            {
                return End::Told(1013);
            }
        }
    }
}
