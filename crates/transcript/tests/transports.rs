//! The same conversation says the same in memory, over TCP and over TLS.

use std::{io, net::SocketAddr, sync::Arc, time::Duration};

use futures_util::{SinkExt, StreamExt};
use rcgen::{CertifiedKey, generate_simple_self_signed};
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::TcpListener,
};
use tokio_rustls::{
    TlsAcceptor,
    rustls::{ServerConfig, crypto::ring, pki_types::PrivateKeyDer},
};
use tokio_tungstenite::{
    accept_async,
    tungstenite::{
        Message,
        protocol::{CloseFrame, frame::coding::CloseCode},
    },
};
use transcript::{Recorder, Server, real_time, virtual_time};

/// An echo that pings after two seconds of silence, written with another library than this one.
async fn echo(stream: impl AsyncRead + AsyncWrite + Unpin) {
    let Ok(mut socket) = accept_async(stream).await else {
        return;
    };
    loop {
        let next = tokio::time::timeout(Duration::from_secs(2), socket.next()).await;
        let sent = match next {
            Err(_) => socket.send(Message::Ping("still there?".into())).await,
            Ok(Some(Ok(message @ (Message::Text(_) | Message::Binary(_))))) => {
                socket.send(message).await
            }
            Ok(Some(Ok(_))) => Ok(()),
            Ok(None | Some(Err(_))) => return,
        };
        if sent.is_err() {
            return;
        }
    }
}

/// All that two clients can do, and two ways of leaving.
async fn conversation(recorder: &Recorder) {
    let [alice, bob] = ["alice", "bob"].map(|name| recorder.client(name));
    alice.connect("/ws").await;
    bob.connect("/ws").await;
    alice.text("hello").await;
    bob.binary(vec![7; 70_000]).await;
    recorder
        .at_once(async || {
            bob.text("both").await;
            alice.text("at once").await;
        })
        .await;
    alice.first("frag").await;
    alice.ping("between").await;
    alice.last("ments").await;
    recorder.advance(Duration::from_secs(3)).await;
    alice.close(1000, "bye").await;
    bob.reset().await;
    bob.text("nobody hears this").await;
}

const EXPECTED: &str = r#"alice → GET /ws upgrade
alice ← 101 switching protocols
bob   → GET /ws upgrade
bob   ← 101 switching protocols
alice → text "hello"
alice ← text "hello"
bob   → binary <07 07 07 07 07 07 07 07 07 07 07 07> … 70000 bytes #38e80e04
bob   ← binary <07 07 07 07 07 07 07 07 07 07 07 07> … 70000 bytes #38e80e04
bob   → text "both"
alice → text "at once"
alice ← text "at once"
bob   ← text "both"
alice → text first "frag"
alice → ping "between"
alice ← pong "between"
alice → last "ments"
alice ← text "fragments"
+2s
alice ← ping "still there?"
alice → pong "still there?"
bob   ← ping "still there?"
bob   → pong "still there?"
+1s
alice → close 1000 "bye"
alice ← close 1000 "bye"
alice ⊘ tcp closed by the server
bob   ⊘ tcp reset by bob
bob   · cannot send text "nobody hears this": there is no connection
"#;

#[test]
fn in_memory() {
    let recording = virtual_time(async {
        let (recorder, mut listener) = Recorder::in_memory();
        tokio::spawn(async move {
            while let Some(stream) = listener.accept().await {
                tokio::spawn(echo(stream));
            }
        });
        conversation(&recorder).await;
        recorder.finish().await
    });
    assert_eq!(recording.transcript.to_string(), EXPECTED);
    // Each frame is kept beside its line, as it was on the wire.
    let hello = recording
        .frames
        .iter()
        .filter(|(line, _)| *line == 4 || *line == 5);
    let masked: Vec<_> = hello
        .map(|(line, frame)| (*line, frame.mask.is_some(), frame.opcode))
        .collect();
    assert_eq!(masked, [(4, true, 1), (5, false, 1)]);
}

#[test]
fn over_tcp() {
    let recording = real_time(async {
        let address = serve(None).await.unwrap();
        let recorder = Recorder::over_tcp(Server::tcp(address));
        conversation(&recorder).await;
        recorder.finish().await
    });
    assert_eq!(recording.transcript.to_string(), EXPECTED);
}

#[test]
fn over_tls() {
    let CertifiedKey { cert, signing_key } =
        generate_simple_self_signed(["localhost".into()]).unwrap();
    let key = PrivateKeyDer::Pkcs8(signing_key.serialize_der().into());
    let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![cert.der().clone()], key)
        .unwrap();
    let acceptor = TlsAcceptor::from(Arc::new(config));
    let run = |trusted: Vec<_>| {
        let acceptor = acceptor.clone();
        real_time(async move {
            let address = serve(Some(acceptor)).await.unwrap();
            let server = Server::at(&format!("wss://localhost:{}", address.port())).unwrap();
            let recorder = Recorder::over_tcp(server.trusting(&trusted).unwrap());
            conversation(&recorder).await;
            recorder.finish().await.transcript.to_string()
        })
    };
    assert_eq!(run(vec![cert.der().clone()]), EXPECTED);
    let untrusted = run(vec![]);
    assert!(
        untrusted.contains("alice ! could not connect"),
        "{untrusted}"
    );
}

#[test]
fn who_hangs_up_at_close_does_not_see_what_the_server_does_after_its_own() {
    let played = |waits: bool| {
        virtual_time(async {
            let (recorder, mut listener) = Recorder::in_memory();
            tokio::spawn(async move {
                let stream = listener.accept().await.unwrap();
                let mut socket = accept_async(stream).await.unwrap();
                // Text that is not UTF-8 is an error, and a Close is still possible.
                while let Some(Ok(_)) = socket.next().await {}
                let close = CloseFrame {
                    code: CloseCode::Invalid,
                    reason: "".into(),
                };
                let _ = socket.close(Some(close)).await;
                if waits {
                    tokio::time::sleep(Duration::from_secs(5)).await;
                }
            });
            let alice = recorder.client("alice");
            alice.hang_up_at_close();
            alice.connect("/ws").await;
            alice.text(b"\xc3\x28").await;
            recorder.advance(Duration::from_secs(10)).await;
            recorder.finish().await.transcript.to_string()
        })
    };
    let expected = "\
alice → GET /ws upgrade
alice ← 101 switching protocols
alice → text <c3 28>
alice ← close 1007
alice → close 1007
alice ⊘ tcp closed by alice
";
    assert_eq!(played(true), expected);
    assert_eq!(played(false), expected);
}

#[test]
fn a_crowd_stays_out_of_the_transcript_and_a_burst_is_one_line() {
    let transcript = virtual_time(async {
        let (recorder, mut listener) = Recorder::in_memory();
        tokio::spawn(async move {
            while let Some(stream) = listener.accept().await {
                tokio::spawn(echo(stream));
            }
        });
        let [alice, bob] = ["alice", "bob"].map(|name| recorder.client(name));
        bob.hide();
        bob.connect("/ws").await;
        assert_eq!((bob.last_status(), bob.is_connected()), (Some(101), true));
        bob.gather();
        bob.burst(["one", "two"]).await;
        let gathered: Vec<_> = bob
            .take_gathered()
            .iter()
            .map(ToString::to_string)
            .collect();
        assert_eq!(gathered, [r#""one""#, r#""two""#]);
        bob.remark("is here, unseen");
        bob.close(1000, "").await;
        assert!(!bob.is_connected());
        alice.burst(["too early"]).await;
        alice.connect("/ws").await;
        alice.gather();
        alice.burst((1..=500).map(|n| n.to_string())).await;
        alice.sum_up();
        recorder.finish().await.transcript
    });
    assert_eq!(
        transcript.to_string(),
        "\
bob   · is here, unseen
alice · cannot send 1 message: \"too early\": there is no connection
alice → GET /ws upgrade
alice ← 101 switching protocols
alice · sends 500 messages, from \"1\" to \"500\" #747c0764
alice · received 500 messages, from \"1\" to \"500\" #747c0764
"
    );
}

/// Serves the echo, over TLS or without.
async fn serve(tls: Option<TlsAcceptor>) -> io::Result<SocketAddr> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let address = listener.local_addr()?;
    tokio::spawn(async move {
        while let Ok((tcp, _)) = listener.accept().await {
            let tls = tls.clone();
            tokio::spawn(async move {
                match tls {
                    None => echo(tcp).await,
                    Some(tls) => {
                        if let Ok(stream) = tls.accept(tcp).await {
                            echo(stream).await;
                        }
                    }
                }
            });
        }
    });
    Ok(address)
}

#[test]
fn a_conversation_can_leave_virtual_time_for_a_server_on_a_thread_of_its_own() {
    let recording = virtual_time(async {
        let (recorder, mut listener) = Recorder::in_memory();
        recorder.leave_virtual_time();
        recorder.set_patience(Duration::from_secs(1));
        let progress = recorder.progress();
        let server = std::thread::spawn(move || {
            progress.catch_panics();
            let panicked = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
                real_time(async {
                    let stream = listener.accept().await.unwrap();
                    let mut socket = accept_async(stream).await.unwrap();
                    let message = socket.next().await.unwrap().unwrap();
                    // Longer than it takes to find out that nobody in this process has anything to do.
                    tokio::time::sleep(Duration::from_millis(20)).await;
                    socket.send(message).await.unwrap();
                    panic!("that was all");
                })
            }));
            assert!(panicked.is_err());
        });
        let alice = recorder.client("alice");
        alice.connect("/ws").await;
        alice.text("hello").await;
        server.join().unwrap();
        recorder.finish().await
    });
    assert_eq!(
        recording.transcript.to_string(),
        "alice  → GET /ws upgrade\nalice  ← 101 switching protocols\nalice  → text \"hello\"\nalice  ← text \"hello\"\n\
         alice  ⊘ tcp closed by the server without a close frame (1006)\nserver ! panicked: that was all\n"
    );
}

#[test]
fn a_server_whose_clock_runs_faster_tells_the_same_story_in_less_time() {
    let recording = real_time(async {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        tokio::spawn(async move {
            let (tcp, _) = listener.accept().await.unwrap();
            let mut socket = accept_async(tcp).await.unwrap();
            // Five seconds after each message, twice as fast.
            while let Some(Ok(Message::Text(_))) = socket.next().await {
                tokio::time::sleep(Duration::from_millis(2500)).await;
                socket.send(Message::text("later")).await.unwrap();
            }
        });
        let recorder = Recorder::over_tcp(Server::tcp(address).hurried(2));
        let alice = recorder.client("alice");
        alice.connect("/ws").await;
        recorder.advance(Duration::from_secs(5)).await;
        alice.text("now").await;
        // Each of these takes a fifth of a second of the story, which is taken out of the next advance.
        for _ in 0..4 {
            alice.remark("waits");
            recorder.settle().await;
        }
        recorder.advance(Duration::from_secs(4)).await;
        recorder.advance(Duration::from_secs(4)).await;
        recorder.finish().await
    });
    assert_eq!(
        recording.transcript.to_string(),
        "alice → GET /ws upgrade\nalice ← 101 switching protocols\n+5s\nalice → text \"now\"\n\
         alice · waits\nalice · waits\nalice · waits\nalice · waits\n+5s\nalice ← text \"later\"\n"
    );
}
