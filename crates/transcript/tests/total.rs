//! Whatever a server does becomes a line: nothing that it does ends the recording, or hangs it.

use std::time::Duration;

use proptest::{collection::vec, prelude::*};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio_tungstenite::tungstenite::handshake::derive_accept_key;
use transcript::{Http, MemoryStream, Recorder, Recording, Sse, Transcript, virtual_time};

/// A server that reads the request, and then does what the test wants with the stream and the accept key.
async fn served<F>(recorder: &Recorder, serve: impl Fn(MemoryStream, String) -> F + Send + 'static)
where
    F: Future<Output = ()> + Send + 'static,
{
    let mut listener = recorder.listen();
    tokio::spawn(async move {
        while let Some(mut stream) = listener.accept().await {
            let mut request = vec![0; 4096];
            let count = stream.read(&mut request).await.unwrap_or(0);
            let request = String::from_utf8_lossy(&request[..count]).into_owned();
            let key = request
                .lines()
                .find_map(|line| line.strip_prefix("sec-websocket-key: "));
            let accept = derive_accept_key(key.unwrap_or_default().trim().as_bytes());
            tokio::spawn(serve(stream, accept));
        }
    });
}

fn accepted(accept: &str) -> String {
    format!(
        "HTTP/1.1 101 Switching Protocols\r\nupgrade: websocket\r\nconnection: Upgrade\r\nsec-websocket-accept: {accept}\r\n\r\n"
    )
}

/// Alice connects, says hello, and waits a minute.
fn conversation<F>(serve: impl Fn(MemoryStream, String) -> F + Send + 'static) -> Recording
where
    F: Future<Output = ()> + Send + 'static,
{
    virtual_time(async {
        let recorder = Recorder::in_virtual_time();
        served(&recorder, serve).await;
        let alice = recorder.client("alice");
        alice.connect("/ws").await;
        alice.text("hello").await;
        recorder.advance(Duration::from_secs(60)).await;
        recorder.finish().await
    })
}

/// What alice saw after her handshake, when the server answers it properly and then sends these bytes.
fn after_the_101(bytes: &'static [u8], drops: bool) -> Vec<String> {
    let recording = conversation(move |mut stream: MemoryStream, accept| async move {
        let _ = stream.write_all(accepted(&accept).as_bytes()).await;
        let _ = stream.read(&mut [0; 64]).await;
        let _ = stream.write_all(bytes).await;
        if !drops {
            std::future::pending().await
        }
    });
    let text = recording.transcript.to_string();
    text.lines()
        .skip(3)
        .map(|line| line.trim_start_matches("alice ").to_owned())
        .collect()
}

/// What alice saw when the server sends this instead of a 101.
fn instead_of_a_101(answer: impl AsRef<[u8]> + Clone + Send + 'static) -> Vec<String> {
    let recording = conversation(move |mut stream: MemoryStream, _| {
        let answer = answer.clone();
        async move {
            let _ = stream.write_all(answer.as_ref()).await;
            std::future::pending().await
        }
    });
    let text = recording.transcript.to_string();
    let lines = text
        .lines()
        .skip(1)
        .filter(|line| !line.contains("cannot send"));
    lines
        .map(|line| line.trim_start_matches("alice ").to_owned())
        .collect()
}

#[test]
fn broken_rules_are_named() {
    let cases: [(&[u8], &str); 14] = [
        (
            b"\x81\x85\x01\x02\x03\x04abcde",
            "! a masked frame from a server (RFC 6455 §5.1)",
        ),
        (
            b"\xc1\x02hi",
            "! a reserved bit that no extension uses (RFC 6455 §5.2)",
        ),
        (b"\x83\x00", "! the reserved opcode 3 (RFC 6455 §5.2)"),
        (b"\x09\x00", "! a fragmented control frame (RFC 6455 §5.5)"),
        (
            b"\x89\x7e\x00\x80",
            "! a control frame of more than 125 bytes (RFC 6455 §5.5)",
        ),
        (b"\x80\x00", "! a continuation of nothing (RFC 6455 §5.4)"),
        (
            b"\x01\x01a\x81\x01b",
            "! a new message inside a fragmented one (RFC 6455 §5.4)",
        ),
        (
            b"\x81\x7e\x00\x05hello",
            "! a length in more bytes than it needs (RFC 6455 §5.2)",
        ),
        (
            b"\x82\x7f\xff\xff\xff\xff\xff\xff\xff\xff",
            "! a length with its top bit set (RFC 6455 §5.2)",
        ),
        (
            b"\x81\x02\xc3\x28",
            "! a text that is not UTF-8 (RFC 6455 §8.1)",
        ),
        (
            b"\x88\x01\x03",
            "! a Close with half a code (RFC 6455 §5.5.1)",
        ),
        (
            b"\x88\x02\x03\xee",
            "! a Close with 1006, a code that must not be sent (RFC 6455 §7.4)",
        ),
        (
            b"\x88\x04\x03\xe8\xff\xff",
            "! a Close with a reason that is not UTF-8 (RFC 6455 §5.5.1)",
        ),
        (
            b"\x82\x7f\x00\x00\x00\x01\x00\x00\x00\x00",
            "! a message of more than 67108864 bytes",
        ),
    ];
    for (bytes, line) in cases {
        assert_eq!(after_the_101(bytes, false), [line], "{bytes:x?}");
    }
    assert_eq!(
        after_the_101(b"\x88\x02\x03\xe8\x81\x02hi", false),
        [
            "← close 1000",
            "! a frame after its Close (RFC 6455 §5.5.1)"
        ]
    );
}

#[test]
fn an_end_at_the_wrong_place_is_named() {
    assert_eq!(
        after_the_101(b"\x81\x05he", true),
        [
            "! the connection ended inside a frame, after 4 bytes of it",
            "⊘ tcp closed by the server without a close frame (1006)"
        ]
    );
    assert_eq!(
        after_the_101(b"\x01\x02he", true),
        [
            "! the connection ended inside a fragmented message",
            "⊘ tcp closed by the server without a close frame (1006)"
        ]
    );
    assert_eq!(
        after_the_101(b"", true),
        ["⊘ tcp closed by the server without a close frame (1006)"]
    );
}

#[test]
fn what_never_becomes_whole_is_named() {
    assert_eq!(
        after_the_101(b"\x81\x05he", false),
        ["+60s", "· 4 bytes of a frame, and no more"]
    );
    assert_eq!(
        after_the_101(b"\x01\x02he", false),
        ["+60s", "· 1 frames of a message, and no more"]
    );
    assert_eq!(
        instead_of_a_101(b"HTTP/1.1 1"),
        [
            "→ text \"hello\"",
            "+60s",
            "· 10 bytes of a response head, and no more"
        ]
    );
    assert_eq!(
        instead_of_a_101(b"HTTP/1.1 500 No\r\ncontent-length: 9\r\n\r\nhalf"),
        [
            "→ text \"hello\"",
            "+60s",
            "· 500 with 4 bytes of a body without a content type, and no more"
        ]
    );
    let typed = b"HTTP/1.1 200 OK\r\ncontent-type: text/plain\r\ncontent-length: 9\r\n\r\nhalf";
    assert_eq!(
        instead_of_a_101(typed)[2],
        "· 200 with 4 bytes of a body of type text/plain, and no more"
    );
}

#[test]
fn a_wrong_101_is_named() {
    let with = |headers: &str| instead_of_a_101(format!("HTTP/1.1 101 X\r\n{headers}\r\n"));
    let upgrade = "upgrade: websocket\r\nconnection: upgrade\r\n";
    assert_eq!(
        with(""),
        ["! 101 without 'upgrade: websocket' (RFC 6455 §4.1)"]
    );
    assert_eq!(
        with("upgrade: websocket\r\n"),
        ["! 101 without 'connection: upgrade' (RFC 6455 §4.1)"]
    );
    assert_eq!(
        with(upgrade),
        ["! 101 without sec-websocket-accept (RFC 6455 §4.1)"]
    );
    assert_eq!(
        with(&format!(
            "{upgrade}sec-websocket-accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n"
        )),
        ["! 101 with a sec-websocket-accept that does not fit the key (RFC 6455 §4.1)"]
    );
}

#[test]
fn what_is_no_http_is_named() {
    assert_eq!(
        instead_of_a_101(b"SSH-2.0-OpenSSH_9.2\r\n"),
        ["! this is no HTTP response: invalid HTTP version"]
    );
    assert_eq!(
        instead_of_a_101(vec![b'\n'; 0]),
        ["→ text \"hello\""],
        "silence is no line of its own"
    );
}

#[test]
fn a_server_that_never_stops_talking_is_given_up_on() {
    let recording = conversation(async |mut stream, accept| {
        let _ = stream.write_all(accepted(&accept).as_bytes()).await;
        while stream.write_all(b"\x81\x02hi").await.is_ok() {}
    });
    let text = recording.transcript.to_string();
    assert!(
        text.contains("! more than 10000 events or 128 MiB: not read any further"),
        "no end in sight"
    );
}

#[test]
fn a_server_that_is_not_there_is_a_line() {
    let recording = virtual_time(async {
        let recorder = Recorder::in_virtual_time();
        drop(recorder.listen());
        let alice = recorder.client("alice");
        alice.connect("/ws").await;
        alice.ping("").await;
        recorder.finish().await
    });
    assert_eq!(
        recording.transcript.to_string(),
        "alice → GET /ws upgrade\nalice ! could not connect: connection refused\nalice · cannot send ping: there is no connection\n"
    );
}

#[test]
fn a_panic_of_the_server_is_a_line() {
    let recording = conversation(async |mut stream, accept| {
        let _ = stream.write_all(accepted(&accept).as_bytes()).await;
        let _ = stream.read(&mut [0; 64]).await;
        let empty: Vec<u8> = vec![];
        let _ = stream.write_all(&[empty[0]]).await;
    });
    let text = recording.transcript.to_string();
    let lines: Vec<_> = text.lines().skip(2).collect();
    assert_eq!(
        lines,
        [
            "alice  → text \"hello\"",
            "alice  ⊘ tcp closed by the server without a close frame (1006)",
            "server ! panicked: index out of bounds: the len is 0 but the index is 0",
        ]
    );
    assert_eq!(recording.panics.len(), 1);
    assert!(
        recording.panics[0].file.ends_with("total.rs"),
        "{:?}",
        recording.panics
    );
}

/// Bytes such as a fuzzer would find interesting: the beginnings of frames, of responses, of events, and noise.
fn noise() -> impl Strategy<Value = Vec<u8>> {
    let piece = prop_oneof![
        vec(any::<u8>(), 0..40),
        Just(b"\x81\x05hello".to_vec()),
        Just(b"\x01\x01a".to_vec()),
        Just(b"\x80\x01b".to_vec()),
        Just(b"\x89\x00".to_vec()),
        Just(b"\x88\x02\x03\xe8".to_vec()),
        Just(b"\x82\x7e\x01\x00".to_vec()),
        Just(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\nhello\r\n".to_vec()),
        Just(
            b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n\r\nid: 1\ndata: x\n\n"
                .to_vec()
        ),
        Just(b"HTTP/1.1 100 Continue\r\n\r\n".to_vec()),
        Just(b"0\r\n\r\n".to_vec()),
        Just(b"data: y\n\n: c\n\n".to_vec()),
    ];
    vec(piece, 0..12).prop_map(|pieces| pieces.concat())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn any_bytes_become_lines(accepts in any::<bool>(), bytes in noise(), drops in any::<bool>()) {
        let sent = bytes.clone();
        let recording = conversation(move |mut stream: MemoryStream, accept| {
            let bytes = sent.clone();
            async move {
                if accepts {
                    let _ = stream.write_all(accepted(&accept).as_bytes()).await;
                }
                let _ = stream.write_all(&bytes).await;
                if !drops {
                    std::future::pending::<()>().await;
                }
            }
        });
        let text = recording.transcript.to_string();
        prop_assert_eq!(text.parse::<Transcript>(), Ok(recording.transcript), "{}", text);
    }

    #[test]
    fn any_bytes_in_answer_to_a_request_become_lines(bytes in noise(), drops in any::<bool>()) {
        let recording = virtual_time(async {
            let recorder = Recorder::in_virtual_time();
            served(&recorder, move |mut stream: MemoryStream, _| {
                let bytes = bytes.clone();
                async move {
                    let _ = stream.write_all(&bytes).await;
                    if !drops {
                        std::future::pending::<()>().await;
                    }
                }
            }).await;
            let alice = recorder.client("alice");
            alice.request(Http::get("/events").show("content-type")).await;
            recorder.advance(Duration::from_secs(5)).await;
            alice.vanish().await;
            recorder.finish().await
        });
        let text = recording.transcript.to_string();
        prop_assert_eq!(text.parse::<Transcript>(), Ok(recording.transcript), "{}", text);
    }
}

/// What a client sees of an event stream that arrives in two pieces.
fn stream_in_two(bytes: &str, cut: usize) -> String {
    let head = "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n\r\n";
    let [first, rest] = [&bytes[..cut], &bytes[cut..]].map(str::to_owned);
    let recording = virtual_time(async {
        let recorder = Recorder::in_virtual_time();
        served(&recorder, move |mut stream: MemoryStream, _| {
            let (first, rest) = (first.clone(), rest.clone());
            async move {
                let _ = stream
                    .write_all((head.to_owned() + &first).as_bytes())
                    .await;
                tokio::task::yield_now().await;
                let _ = stream.write_all(rest.as_bytes()).await;
            }
        })
        .await;
        recorder.client("alice").get("/").await;
        recorder.finish().await
    });
    recording.transcript.to_string()
}

#[test]
fn lines_of_an_event_stream_end_in_three_ways_and_arrive_in_any_pieces() {
    let text = "retry: 9\n\nid: 1\ndata: one\ndata: two\n\n: still here\n\nevent: done\ndata:\n\n";
    let whole = stream_in_two(text, 0);
    assert_eq!(
        whole,
        "alice → GET /\n\
         alice ← 200 ok\n\
         alice ← event retry \"9\"\n\
         alice ← event id \"1\" data \"one\\ntwo\"\n\
         alice ← comment \"still here\"\n\
         alice ← event event \"done\" data \"\"\n\
         alice ⊘ tcp closed by the server\n"
    );
    for line_end in ["\n", "\r", "\r\n"] {
        let text = text.replace('\n', line_end);
        for cut in 0..=text.len() {
            assert_eq!(stream_in_two(&text, cut), whole, "{:?}", text.split_at(cut));
        }
    }
    // A blank line inside data is what two line ends make that are of different kinds.
    let mixed = stream_in_two("data: one\rdata: \ndata: two\n\n", 0);
    assert!(mixed.contains(r#"event data "one\n\ntwo""#), "{mixed}");
}

#[test]
fn events_can_be_gathered_whole() {
    let long = "news ".repeat(1000);
    let body = format!("retry: 9\n\nid: 1\ndata: {long}\n\n");
    let (events, transcript) = virtual_time(async {
        let recorder = Recorder::in_virtual_time();
        served(&recorder, move |mut stream: MemoryStream, _| {
            let body = body.clone();
            async move {
                let head = "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n\r\n";
                let _ = stream.write_all((head.to_owned() + &body).as_bytes()).await;
                std::future::pending::<()>().await;
            }
        })
        .await;
        let alice = recorder.client("alice");
        alice.gather_events();
        alice.get("/").await;
        let events = alice.take_events();
        (events, recorder.finish().await.transcript)
    });
    let [Sse::Event { retry, .. }, Sse::Event { id, data, .. }] = &events[..] else {
        panic!("{events:?}");
    };
    assert_eq!(retry.as_deref(), Some("9"));
    assert_eq!(id.as_deref(), Some("1"));
    assert_eq!(data.as_deref(), Some(&*long));
    assert_eq!(transcript.to_string(), "alice → GET /\nalice ← 200 ok\n");
}

/// Alice asks for something twice, and then says a word; an answer of `body` takes `latency`.
fn asked(latency: u64, body: &str) -> String {
    let answer = format!(
        "HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n{body}",
        body.len()
    );
    let body = body.to_owned();
    virtual_time(async {
        let recorder = Recorder::in_virtual_time();
        served(&recorder, move |mut stream: MemoryStream, _| {
            let answer = answer.clone();
            async move {
                tokio::time::sleep(Duration::from_millis(latency)).await;
                let _ = stream.write_all(answer.as_bytes()).await;
            }
        })
        .await;
        let alice = recorder.client("alice");
        alice.get("/").await;
        recorder
            .at_once(async || {
                alice.get("/again").await;
            })
            .await;
        alice.remark("goes on");
        recorder.placeholder("secret", &body);
        recorder.finish().await.transcript.to_string()
    })
}

#[test]
fn an_answer_belongs_to_its_request_though_it_takes_a_moment() {
    let at_once = asked(0, "it is");
    assert_eq!(
        at_once,
        "alice → GET /\nalice ← 200 ok body \"‹secret›\"\nalice → GET /again\nalice ← 200 ok body \"‹secret›\"\nalice · goes on\n"
    );
    assert_eq!(asked(1, "it is"), at_once);
    assert_eq!(asked(40, "it is"), at_once);
    assert_ne!(asked(80, "it is"), at_once);
}

#[test]
fn a_value_that_is_too_long_to_be_shown_has_its_name_all_the_same() {
    assert_eq!(asked(0, &"a secret ".repeat(50)), asked(0, "a secret"));
}

#[test]
fn texts_can_be_gathered_whole() {
    let long = "news ".repeat(20);
    let (texts, transcript) = virtual_time(async {
        let recorder = Recorder::in_virtual_time();
        let text = long.clone();
        served(&recorder, move |mut stream: MemoryStream, accept| {
            let text = text.clone();
            async move {
                let _ = stream.write_all(accepted(&accept).as_bytes()).await;
                let frame = [&[0x81, text.len() as u8], text.as_bytes()].concat();
                let _ = stream.write_all(&frame).await;
                std::future::pending::<()>().await;
            }
        })
        .await;
        let alice = recorder.client("alice");
        alice.gather_texts();
        alice.connect("/").await;
        let texts = alice.take_texts();
        (texts, recorder.finish().await.transcript)
    });
    assert_eq!(texts, [long]);
    assert_eq!(
        transcript.to_string(),
        "alice → GET / upgrade\nalice ← 101 switching protocols\n"
    );
}
