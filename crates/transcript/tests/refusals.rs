//! How much of a refusal a transcript shows.

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use transcript::{Http, Recorder, virtual_time};

/// What alice hears from a server that answers everything with this status and the body `why`.
fn heard(status: &'static str, request: Http) -> String {
    let recording = virtual_time(async {
        let (recorder, mut listener) = Recorder::in_memory();
        tokio::spawn(async move {
            let mut stream = listener.accept().await.unwrap();
            let _ = stream.read(&mut [0; 1024]).await;
            let response = format!("HTTP/1.1 {status}\r\ncontent-length: 3\r\n\r\nwhy");
            let _ = stream.write_all(response.as_bytes()).await;
        });
        recorder.client("alice").request(request).await;
        recorder.finish().await
    });
    let text = recording.transcript.to_string();
    text.lines().nth(1).unwrap_or_default().to_owned()
}

#[test]
fn the_body_of_a_refusal_can_be_hidden_and_no_other() {
    let asked = || Http::get("/");
    assert_eq!(
        heard("401 No", asked()),
        r#"alice ← 401 unauthorized body "why""#
    );
    assert_eq!(
        heard("401 No", asked().hide_refusal()),
        "alice ← 401 unauthorized"
    );
    assert_eq!(
        heard("503 No", asked().hide_refusal()),
        "alice ← 503 service unavailable"
    );
    assert_eq!(heard("401 No", asked().class_only()), "alice ← 4xx refused");
    assert_eq!(
        heard("200 OK", asked().hide_refusal()),
        r#"alice ← 200 ok body "why""#
    );
    assert_eq!(
        heard("500 No", asked().hide_refusal()),
        r#"alice ← 500 internal server error body "why""#
    );
}
