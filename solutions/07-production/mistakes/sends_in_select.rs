//! sends_in_select: sends in an arm of a `select!`, where the next thing that happens cancels it.

use axum::extract::ws::Utf8Bytes;
use futures_util::{SinkExt, StreamExt};
use tokio::{
    sync::mpsc,
    time::{Instant, sleep_until},
};

use super::{App, Bucket, End, HEARTBEAT, Line, PONG_GRACE, Sink, Stream, Way, next, take_in};

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
            let written = async { sink.send(next(&mut queue, line).await).await };
            let heard = tokio::select! {
                biased;
                () = app.stop.cancelled() => return End::Told(1001),
                () = line.put_out.notified() => return End::Told(1013),
                // Whatever is heard here while `written` waits drops it, and a message with it that was taken out of the queue.
                heard = stream.next() => heard,
                sent = written => match sent {
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
            if let Some(end) = take_in(app, heard, &mut bucket, line).await {
                return end;
            }
        }
    }
}
