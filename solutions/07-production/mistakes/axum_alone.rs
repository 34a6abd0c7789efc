//! axum_alone: leaves the shutdown to axum, which knows nothing of WebSockets.

use axum::extract::ws::Utf8Bytes;
use tokio::sync::mpsc;

use super::{App, End, Line, Sink, Stream, Way};

super::entry!(Alone);

#[derive(Default)]
struct Alone;

impl Way for Alone {
    async fn talk(
        app: &App<Self>,
        sink: &mut Sink,
        stream: &mut Stream,
        queue: mpsc::Receiver<Utf8Bytes>,
        line: &Line,
    ) -> End {
        tokio::select! {
            biased;
            () = line.put_out.notified() => End::Told(1013),
            end = super::listen(app, stream, line) => end,
            () = super::write(sink, queue, line) => End::Left,
        }
    }

    // ANCHOR: wrong
    /// `with_graceful_shutdown` has returned; what else could there be?
    async fn wait(_: &App<Self>) {}
    // ANCHOR_END: wrong
}
