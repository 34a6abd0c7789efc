//! drops_at_shutdown: ends every conversation at once when the server should go.

use axum::extract::ws::Utf8Bytes;
use tokio::sync::mpsc;

use super::{App, End, Line, Sink, Stream, Way};

super::entry!(Abrupt);

#[derive(Default)]
struct Abrupt;

impl Way for Abrupt {
    // ANCHOR: wrong
    async fn talk(
        app: &App<Self>,
        sink: &mut Sink,
        stream: &mut Stream,
        queue: mpsc::Receiver<Utf8Bytes>,
        line: &Line,
    ) -> End {
        tokio::select! {
            biased;
            // The task is told to end, and the peer is told nothing.
            () = app.stop.cancelled() => End::Left,
            end = super::talk(app, sink, stream, queue, line) => end,
        }
    }
    // ANCHOR_END: wrong
}
