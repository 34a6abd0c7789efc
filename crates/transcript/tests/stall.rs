//! What a pause of the whole machine does to timers.

use std::time::Duration;

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    time::interval,
};
use transcript::{Recorder, virtual_time};

#[test]
fn a_stall_passes_at_once_and_makes_every_timer_late() {
    let recording = virtual_time(async {
        let (recorder, mut listener) = Recorder::in_memory();
        tokio::spawn(async move {
            let mut stream = listener.accept().await.unwrap();
            let _ = stream.read(&mut [0; 1024]).await;
            let head = b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n\r\n";
            let _ = stream.write_all(head).await;
            let mut ticks = interval(Duration::from_secs(10));
            loop {
                ticks.tick().await;
                let _ = stream.write_all(b"data: tick\n\n").await;
            }
        });
        recorder.client("alice").get("/ticks").await;
        recorder.advance(Duration::from_secs(11)).await;
        recorder.stall(Duration::from_secs(30)).await;
        recorder.advance(Duration::from_secs(10)).await;
        recorder.finish().await
    });
    assert_eq!(
        recording.transcript.to_string(),
        r#"alice  → GET /ticks
alice  ← 200 ok
alice  ← event data "tick"
+10s
alice  ← event data "tick"
+1s
server · stands still for 30 s
+30s
alice  ← event data "tick"
alice  ← event data "tick"
alice  ← event data "tick"
+9s
alice  ← event data "tick"
"#
    );
}
