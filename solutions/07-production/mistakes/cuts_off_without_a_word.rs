//! cuts_off_without_a_word: drops the socket of whoever is too slow.

use tokio::sync::mpsc;

use axum::extract::ws::Utf8Bytes;

use super::{App, End, Line, Sink, Stream, Way};

super::entry!(Curt);

#[derive(Default)]
struct Curt;

impl Way for Curt {
    // ANCHOR: wrong
    async fn talk(
        app: &App<Self>,
        sink: &mut Sink,
        stream: &mut Stream,
        queue: mpsc::Receiver<Utf8Bytes>,
        line: &Line,
    ) -> End {
        match super::talk(app, sink, stream, queue, line).await {
            // It does not read, so why tell it anything? It may read again, and comes back at once.
            End::Told(1013) => End::Left,
            end => end,
        }
    }
    // ANCHOR_END: wrong
}
