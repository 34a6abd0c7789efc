//! A transcript as text and back is the same transcript, in this crate and in the book's scripts.

use std::{fs, path::Path};

use proptest::{collection::vec, option, prelude::*, string::string_regex};
use transcript::*;

/// Text such as nobody would write: controls, emoji, quotes, and what looks like the notation itself.
fn text() -> BoxedStrategy<String> {
    prop_oneof![
        any::<String>(),
        string_regex("[ -~]{0,120}").unwrap(),
        Just("{\"a\":1}".to_owned()),
        Just("[1, 2]".to_owned()),
        Just("{not json}".to_owned()),
        Just("\" body \"".to_owned()),
        Just("\u{202e}\u{200b}\u{feff}".to_owned()),
        string_regex("(ab|é|🦀|\\n){90,140}").unwrap(),
    ]
    .boxed()
}

fn bytes() -> BoxedStrategy<Vec<u8>> {
    prop_oneof![vec(any::<u8>(), 0..40), vec(any::<u8>(), 0..300)].boxed()
}

fn payload() -> BoxedStrategy<Payload> {
    prop_oneof![
        text().prop_map(|text| Payload::text(&text)),
        bytes().prop_map(|bytes| Payload::bytes(&bytes)),
    ]
    .boxed()
}

fn message() -> BoxedStrategy<Message> {
    prop_oneof![
        payload().prop_map(|payload| Message::Text { payload }),
        payload().prop_map(|payload| Message::Binary { payload }),
        (any::<bool>(), payload()).prop_map(|(binary, payload)| Message::First { binary, payload }),
        payload().prop_map(|payload| Message::Continue { payload }),
        payload().prop_map(|payload| Message::Last { payload }),
        option::of(payload()).prop_map(|payload| Message::Ping { payload }),
        option::of(payload()).prop_map(|payload| Message::Pong { payload }),
        payload().prop_map(|payload| Message::Bytes { payload }),
        Just(Message::Close {
            code: None,
            reason: String::new()
        }),
        (any::<u16>(), text()).prop_map(|(code, reason)| Message::Close {
            code: Some(code),
            reason
        }),
    ]
    .boxed()
}

fn headers() -> BoxedStrategy<Vec<(String, String)>> {
    let name = string_regex("[a-z][a-z0-9-]{0,20}").unwrap();
    let name = name.prop_filter("ambiguous", |name| name != "body");
    vec((name, text()), 0..3).boxed()
}

fn request() -> BoxedStrategy<Request> {
    let method = string_regex("[A-Z]{3,7}").unwrap();
    let target = string_regex("/[!-~]{0,30}").unwrap();
    (
        method,
        target,
        any::<bool>(),
        headers(),
        option::of(payload()),
    )
        .prop_map(|(method, target, upgrade, headers, body)| Request {
            method,
            target,
            upgrade,
            headers,
            body,
        })
        .boxed()
}

fn response() -> BoxedStrategy<Response> {
    let status = prop_oneof![
        (100u16..1000).prop_map(Status::Code),
        (4u8..6).prop_map(|class| Status::Class { class }),
    ];
    (status, headers(), option::of(payload()))
        .prop_map(|(status, headers, body)| Response {
            status,
            headers,
            body,
        })
        .boxed()
}

fn sse() -> BoxedStrategy<Sse> {
    let field = || option::of(text());
    prop_oneof![
        text().prop_map(|text| Sse::Comment { text }),
        (field(), field(), field(), field()).prop_map(|(id, event, data, retry)| Sse::Event {
            id,
            event,
            data,
            retry
        }),
    ]
    .boxed()
}

fn event() -> BoxedStrategy<Event> {
    let remark = || {
        string_regex("[!-~→…é][ -~→…é]{0,60}")
            .unwrap()
            .prop_map(|text| Remark { text })
    };
    prop_oneof![
        request().prop_map(|request| Event::Sent(Sent::Request(request))),
        message().prop_map(|message| Event::Sent(Sent::Message(message))),
        response().prop_map(|response| Event::Received(Received::Response(response))),
        message().prop_map(|message| Event::Received(Received::Message(message))),
        sse().prop_map(|sse| Event::Received(Received::Sse(sse))),
        (name(), any::<bool>(), any::<bool>()).prop_map(|(by, reset, abnormal)| Event::Ended(
            Ended {
                by,
                reset,
                abnormal
            }
        )),
        remark().prop_map(Event::Remark),
        remark().prop_map(Event::Broke),
    ]
    .boxed()
}

fn name() -> BoxedStrategy<String> {
    string_regex("[a-z][a-z0-9_-]{0,8}")
        .unwrap()
        .prop_filter("reserved", |name| name != SERVER)
        .boxed()
}

fn line() -> BoxedStrategy<Line> {
    prop_oneof![
        1 => (1..1_000_000u64).prop_map(|tenths| Line::Gap(Gap { tenths })),
        9 => (name(), event()).prop_map(|(name, event)| Line::Event(Entry { name, event })),
    ]
    .boxed()
}

proptest! {
    #[test]
    fn what_is_written_can_be_read(lines in vec(line(), 0..8)) {
        let transcript = Transcript { lines };
        let text = transcript.to_string();
        let read = text.parse::<Transcript>();
        prop_assert_eq!(read, Ok(transcript), "{}", text);
    }

    #[test]
    fn what_can_be_read_is_written_in_the_same_way(text in "[a-z]{1,3} {1,2}(→|←|⊘|·|!) [ -~]{0,40}") {
        if let Ok(transcript) = text.parse::<Transcript>() {
            // But for the padding of the name.
            let (name, rest) = text.split_once(' ').expect("it has a name");
            let squeezed = format!("{name} {}", rest.trim_start_matches(' '));
            prop_assert_eq!(transcript.to_string(), squeezed + "\n");
        }
    }

    #[test]
    fn reading_never_panics(text in any::<String>()) {
        let _ = text.parse::<Transcript>();
    }

    #[test]
    fn ascii_is_ascii(lines in vec(line(), 0..4)) {
        let transcript = Transcript { lines };
        prop_assert!(transcript.to_ascii().is_ascii());
    }
}

#[test]
fn the_book_s_scripts_read_the_same_corpus() {
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../book/labs/corpus");
    let mut seen = 0;
    for entry in fs::read_dir(&corpus).expect("the corpus lies in book/labs") {
        let path = entry.unwrap().path();
        if path.extension().is_none_or(|extension| extension != "txt") {
            continue;
        }
        seen += 1;
        let text = fs::read_to_string(&path).unwrap().replace("\r\n", "\n");
        let json = fs::read_to_string(path.with_extension("json")).unwrap();
        let expected: Vec<serde_json::Value> = serde_json::from_str(&json).unwrap();
        let name = path.display();
        if !json.contains("\"unknown\"") {
            let transcript: Transcript = text
                .parse()
                .unwrap_or_else(|error| panic!("{name}: {error}"));
            assert_eq!(
                transcript.to_json(),
                serde_json::Value::Array(expected),
                "{name}"
            );
            assert_eq!(transcript.to_string(), text, "{name}");
            continue;
        }
        // Line by line, where some cannot be read; what is wrong is said in each implementation's own words.
        assert_eq!(text.lines().count(), expected.len(), "{name}");
        for (line, expected) in text.lines().zip(expected) {
            let ours = line
                .parse::<Transcript>()
                .ok()
                .filter(|transcript| !transcript.lines.is_empty());
            match (ours, expected["kind"] == "unknown") {
                (None, true) => {}
                (Some(ours), false) => assert_eq!(ours.to_json()[0], expected, "{name}: {line}"),
                (ours, _) => panic!("{name}: they read '{line}' as {expected}, and we as {ours:?}"),
            }
        }
    }
    assert!(seen >= 25, "only {seen} transcripts in the corpus");
}
