//! sends_in_select: sends in an arm of a `select!`, where the next thing that happens cancels it.

use axum::extract::ws::{Message, Utf8Bytes};
use futures_util::{SinkExt, StreamExt};
use tokio::{
    sync::mpsc,
    time::{Instant, sleep_until},
};

use super::{App, Bucket, End, HEARTBEAT, Line, PONG_GRACE, Sink, Stream, Way};

super::entry!(Cancels);

#[derive(Default)]
struct Cancels;

impl Way for Cancels {
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
            let next = async {
                let message = tokio::select! {
                    Some(text) = queue.recv() => Message::Text(text),
                    () = line.ping.notified() => Message::Ping(Default::default()),
                };
                sink.send(message).await
            };
            let heard = tokio::select! {
                biased;
                () = app.stop.cancelled() => return End::Told(1001),
                () = line.put_out.notified() => return End::Told(1013),
                // Whatever is heard here while `next` waits drops it, and a message with it that was taken out of the queue.
                heard = stream.next() => heard,
                sent = next => match sent {
                    Ok(()) => continue,
                    Err(_) => return End::Left,
                },
                () = sleep_until(deadline), if !asked => {
                    line.ping.notify_one();
                    (deadline, asked) = (Instant::now() + PONG_GRACE, true);
                    continue;
                }
                () = sleep_until(deadline), if asked => return End::Told(1011),
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
