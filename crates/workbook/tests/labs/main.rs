//! What pages may do and may not: sockets, labs, and everybody who is no page of ours.

mod page;

use std::{path::Path, time::Duration};

use page::{Workbook, handshake};
use serde_json::json;
use tokio::time;

#[tokio::test]
async fn news_come_at_once_and_whenever_they_change() {
    let workbook = Workbook::start().await;
    let mut page = workbook.news("a", "01").await;
    assert_eq!(page.next("hello").await["version"], 2);
    let run = page.next("run").await;
    assert_eq!(
        (&run["chapter"], &run["verdict"]),
        (&json!("01"), &json!(null))
    );
    assert_eq!(
        page.next("exercises").await["exercises"][0]["page"],
        "01-one.html"
    );

    workbook.tell(workbook::event::Event::CheckStarted("01".parse().unwrap()));
    assert_eq!(page.next("run").await["doing"], "checking");
    // Nothing new is nothing said.
    workbook.tell(workbook::event::Event::CheckStarted("01".parse().unwrap()));
    workbook.tell(workbook::event::Event::BookBroken(
        "a page is missing".into(),
    ));
    assert_eq!(page.next_of_any().await["broken"], "a page is missing");
}

#[tokio::test]
async fn a_page_that_talks_where_it_should_listen_is_sent_away() {
    let workbook = Workbook::start().await;
    let mut page = workbook.news("a", "01").await;
    page.say("{}").await;
    assert_eq!(
        page.close().await,
        (1008, "a page only listens here".into())
    );
}

#[tokio::test]
async fn the_end_of_the_workbook_is_said() {
    let mut workbook = Workbook::start().await;
    let mut news = workbook.news("a", "01").await;
    let mut lab = workbook.lab("a", "01", "reference").await;
    lab.next("opened").await;
    workbook.end();
    assert_eq!(news.close().await.0, 1001);
    assert_eq!(lab.close().await.0, 1001);
}

/// The recording that chapter 01 shows without a server: what its lab says to these commands.
const RECORDED_01: &[&str] = &[
    r#"{"do":"connect","as":"alice","path":"/ws/echo"}"#,
    r#"{"do":"text","as":"alice","text":"hello"}"#,
    r#"{"do":"fragments","as":"alice","text":"hello","times":3}"#,
    r#"{"do":"ping","as":"alice","text":"are you there?"}"#,
    r#"{"do":"bytes","as":"alice","hex":"00 00 00"}"#,
    r#"{"do":"connect","as":"bob","path":"/ws/echo"}"#,
    r#"{"do":"request","as":"probe","path":"/connections"}"#,
    r#"{"do":"vanish","as":"bob"}"#,
    r#"{"do":"request","as":"probe","path":"/connections"}"#,
    r#"{"do":"close","as":"alice","code":1000}"#,
    r#"{"do":"connect","as":"alice","path":"/ws/echo"}"#,
    r#"{"do":"text","as":"alice","text":"quit"}"#,
];

#[tokio::test]
async fn the_recording_of_chapter_01_is_what_its_lab_says() {
    recorded("01", RECORDED_01).await;
}

const RECORDED_02: &[&str] = &[
    r#"{"do":"connect","as":"alice","path":"/ws/messages"}"#,
    r#"{"do":"text","as":"alice","text":"{\"op\":\"add\",\"a\":2,\"b\":3}"}"#,
    r#"{"do":"text","as":"alice","text":"two and three, please"}"#,
    r#"{"do":"text","as":"alice","text":"{\"op\":\"subtract\",\"a\":2,\"b\":3}"}"#,
    r#"{"do":"text","as":"alice","text":"{\"op\":\"add\",\"a\":9007199254740992,\"b\":1}"}"#,
    r#"{"do":"bytes","as":"alice","hex":"01 02 03"}"#,
    r#"{"do":"bytes","as":"alice","hex":"ab","times":65537}"#,
    r#"{"do":"connect","as":"bob","path":"/ws/messages"}"#,
    r#"{"do":"text","as":"bob","hex":"68 69 ff"}"#,
];

#[tokio::test]
async fn the_recording_of_chapter_02_is_what_its_lab_says() {
    recorded("02", RECORDED_02).await;
}

const RECORDED_03: &[&str] = &[
    r#"{"do":"connect","as":"alice","path":"/ws/chat/alice"}"#,
    r#"{"do":"connect","as":"bob","path":"/ws/chat/bob"}"#,
    r#"{"do":"connect","as":"carol","path":"/ws/chat/carol"}"#,
    r#"{"do":"text","as":"alice","text":"hello"}"#,
    r#"{"do":"request","as":"probe","path":"/members"}"#,
    r#"{"do":"connect","as":"eve","path":"/ws/chat/bob"}"#,
    r#"{"do":"stop","as":"carol"}"#,
    r#"{"do":"text","as":"bob","text":"is carol asleep?"}"#,
    r#"{"do":"vanish","as":"bob"}"#,
    r#"{"do":"read","as":"carol"}"#,
    r#"{"do":"close","as":"alice","code":1000}"#,
];

#[tokio::test]
async fn the_recording_of_chapter_03_is_what_its_lab_says() {
    recorded("03", RECORDED_03).await;
}

const RECORDED_04: &[&str] = &[
    r#"{"do":"connect","as":"alice","path":"/ws/chat/alice"}"#,
    r#"{"do":"connect","as":"bob","path":"/ws/chat/bob"}"#,
    r#"{"do":"connect","as":"carol","path":"/ws/chat/carol","server":1}"#,
    r#"{"do":"text","as":"alice","text":"can you hear me, carol?"}"#,
    r#"{"do":"switch","as":"operator","text":"a bus for each worker"}"#,
    r#"{"do":"text","as":"alice","text":"and now?"}"#,
    r#"{"do":"switch","as":"operator","text":"the bus is away"}"#,
    r#"{"do":"text","as":"alice","text":"is anybody there?"}"#,
    r#"{"do":"request","as":"probe","path":"/ready"}"#,
    r#"{"do":"connect","as":"eve","path":"/ws/chat/eve","server":1}"#,
    r#"{"do":"switch","as":"operator","text":"one bus for both workers"}"#,
    // The longest pause of a worker that asks for its bus is a second.
    "sleep",
    r#"{"do":"request","as":"probe","path":"/ready"}"#,
    r#"{"do":"text","as":"alice","text":"here I am again"}"#,
];

#[tokio::test]
async fn the_recording_of_chapter_04_is_what_its_lab_says() {
    recorded("04", RECORDED_04).await;
}

const RECORDED_05: &[&str] = &[
    r#"{"do":"connect","as":"alice","path":"/ws/query?token=‹token›"}"#,
    r#"{"do":"text","as":"alice","text":"hello"}"#,
    r#"{"do":"connect","as":"mallory","path":"/ws/query?token=‹expired›"}"#,
    r#"{"do":"connect","as":"mallory","path":"/ws/query?token=‹foreign›"}"#,
    r#"{"do":"connect","as":"bob","path":"/ws/first-message"}"#,
    r#"{"do":"text","as":"bob","text":"{\"type\":\"auth\",\"token\":\"‹token›\"}"}"#,
    r#"{"do":"connect","as":"mallory","path":"/ws/first-message"}"#,
    r#"{"do":"text","as":"mallory","text":"{\"type\":\"auth\",\"token\":\"‹foreign›\"}"}"#,
    r#"{"do":"connect","as":"carol","path":"/ws/cookie","headers":[["origin","https://evil.example"],["cookie","session=‹token›"]]}"#,
    r#"{"do":"connect","as":"carol","path":"/ws/cookie","headers":[["origin","https://app.example"],["cookie","session=‹token›"]]}"#,
    r#"{"do":"request","as":"alice","method":"POST","path":"/ticket","headers":[["authorization","Bearer ‹token›"]],"keep":"ticket"}"#,
    r#"{"do":"connect","as":"alice","path":"/ws/ticket?ticket=‹ticket›"}"#,
    r#"{"do":"connect","as":"mallory","path":"/ws/ticket?ticket=‹ticket›"}"#,
    r#"{"do":"connect","as":"bob","path":"/ws/protocol","headers":[["sec-websocket-protocol","workbook.v1, bearer.‹base64url›"]]}"#,
    r#"{"do":"connect","as":"carol","path":"/ws/query?token=‹brief›"}"#,
    "until ← close 4001",
];

#[tokio::test]
async fn the_recording_of_chapter_05_is_what_its_lab_says() {
    recorded("05", RECORDED_05).await;
}

const RECORDED_06: &[&str] = &[
    r#"{"do":"request","as":"alice","path":"/events"}"#,
    r#"{"do":"connect","as":"bob","path":"/ws/events"}"#,
    r#"{"do":"request","as":"editor","method":"POST","path":"/publish","text":"one\ntwo"}"#,
    r#"{"do":"vanish","as":"alice"}"#,
    r#"{"do":"request","as":"editor","method":"POST","path":"/publish?event=price","text":"41"}"#,
    r#"{"do":"request","as":"alice","path":"/events","headers":[["last-event-id","1"]]}"#,
    r#"{"do":"shutdown","as":"editor"}"#,
];

#[tokio::test]
async fn the_recording_of_chapter_06_is_what_its_lab_says() {
    recorded("06", RECORDED_06).await;
}

#[tokio::test]
async fn a_member_that_reads_nothing_is_put_out_and_the_others_hear_everything() {
    let workbook = Workbook::start().await;
    let mut lab = workbook.lab("a", "03", "reference").await;
    lab.next("opened").await;
    for name in ["alice", "bob", "dave"] {
        lab.say(&format!(
            r#"{{"do":"connect","as":"{name}","path":"/ws/chat/{name}"}}"#
        ))
        .await;
    }
    lab.hears("-> dave joined").await;
    lab.say(r#"{"do":"stop","as":"dave"}"#).await;
    lab.say(r#"{"do":"burst","as":"alice","text":"news","times":400,"fill":600}"#)
        .await;
    // Four hundred, and that dave has left.
    lab.hears("bob · hears 401 messages").await;
    lab.say(r#"{"do":"request","as":"probe","path":"/members"}"#)
        .await;
    lab.hears(r#"200 ok body ["alice","bob"]"#).await;
    lab.say(r#"{"do":"read","as":"dave"}"#).await;
    lab.hears("dave ← close 1013").await;
}

const RECORDED_07: &[&str] = &[
    r#"{"do":"connect","as":"alice","path":"/ws/feed"}"#,
    "until → pong",
    r#"{"do":"ignore","as":"alice"}"#,
    "until tcp closed",
    r#"{"do":"connect","as":"bob","path":"/ws/feed"}"#,
    r#"{"do":"connect","as":"carol","path":"/ws/feed"}"#,
    r#"{"do":"connect","as":"dave","path":"/ws/feed"}"#,
    r#"{"do":"connect","as":"eve","path":"/ws/feed"}"#,
    r#"{"do":"burst","as":"dave","text":"tick","times":30}"#,
    r#"{"do":"text","as":"carol","text":"x","times":20000}"#,
    r#"{"do":"request","as":"editor","method":"POST","path":"/publish","text":"one\ntwo"}"#,
    r#"{"do":"shutdown","as":"editor"}"#,
];

#[tokio::test]
async fn the_recording_of_chapter_07_is_what_its_lab_says() {
    recorded("07", RECORDED_07).await;
}

#[tokio::test]
async fn a_value_is_made_for_the_page_and_another_for_each_client() {
    let workbook = Workbook::start().await;
    let mut lab = workbook.lab("a", "05", "reference").await;
    let at = lab.next("opened").await["at"][0]
        .as_str()
        .unwrap()
        .to_owned();
    lab.say(r#"{"do":"connect","as":"alice","path":"/ws/ticket?ticket=‹ticket›"}"#)
        .await;
    lab.hears("alice · there is no ‹ticket› yet").await;
    lab.say(r#"{"do":"fill","as":"page","text":"/ws/query?token=‹token›"}"#)
        .await;
    let path = lab.next("filled").await["with"]
        .as_str()
        .unwrap()
        .to_owned();
    let mut own = workbook.socket(&format!("{at}{path}")).await;
    assert_eq!(own.text().await, r#"{"type":"welcome","user":"page"}"#);
    // What the server says to the page alone is said in the lab, without the query.
    let refused = workbook
        .raw(&handshake(
            &format!("{at}/ws/query?token=secret"),
            &workbook.host(),
            Some(&workbook.origin()),
        ))
        .await;
    assert!(refused.starts_with("HTTP/1.1 401"), "{refused}");
    lab.hears("server · answers 401 unauthorized to this page's GET /ws/query\n")
        .await;
}

#[tokio::test]
async fn a_follower_that_reads_nothing_is_put_out_and_one_that_answers_nothing_too() {
    let workbook = Workbook::start().await;
    let mut lab = workbook.lab("a", "07", "reference").await;
    lab.next("opened").await;
    for name in ["alice", "bob"] {
        lab.say(&format!(
            r#"{{"do":"connect","as":"{name}","path":"/ws/feed"}}"#
        ))
        .await;
    }
    lab.say(r#"{"do":"stop","as":"bob"}"#).await;
    lab.say(r#"{"do":"request","as":"editor","method":"POST","path":"/publish","text":"line","times":300,"fill":800}"#)
        .await;
    lab.hears("alice · hears 300 messages").await;
    lab.say(r#"{"do":"read","as":"bob"}"#).await;
    lab.hears("bob ← close 1013").await;
    lab.say(r#"{"do":"stop","as":"alice"}"#).await;
    // Two times five seconds.
    time::sleep(Duration::from_secs(11)).await;
    lab.say(r#"{"do":"read","as":"alice"}"#).await;
    lab.hears("alice ← close 1011").await;
}

/// Plays commands to a lab, and compares with the file that its page replays. `RECORD=1` writes it.
async fn recorded(lab: &str, commands: &[&str]) {
    let workbook = Workbook::start().await;
    let mut page = workbook.lab("a", lab, "reference").await;
    page.next("opened").await;
    let mut transcript = String::new();
    for command in commands {
        match command.strip_prefix("until ") {
            None if *command == "sleep" => time::sleep(Duration::from_millis(1500)).await,
            Some(text) => {
                while !transcript.contains(text) {
                    transcript = page.quiet(transcript).await;
                }
            }
            None => {
                page.say(command).await;
                transcript = page.quiet(transcript).await;
            }
        }
        // After the second Close comes the end of TCP, and a server may take its time for it.
        while transcript.lines().last().unwrap().contains("→ close") {
            transcript = page.quiet(transcript).await;
        }
    }
    let played: String = transcript.lines().filter_map(timeless).collect();
    let file =
        Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("../../book/labs/recorded/{lab}.txt"));
    if std::env::var_os("RECORD").is_some() {
        std::fs::write(&file, &played).unwrap();
    }
    let kept = std::fs::read_to_string(&file)
        .unwrap()
        .replace("\r\n", "\n");
    assert_eq!(
        played, kept,
        "RECORD=1 cargo test -p workbook --test labs writes {lab}.txt anew"
    );
}

/// A line of a recording. How much time passed between two commands is the machine's business, but not what the server has waited for.
fn timeless(line: &str) -> Option<String> {
    // Nor is it when a server asks after somebody, unless a recording waits for that, which it does with alice.
    let beats = line.contains("← ping") || line.contains("→ pong");
    if beats && !line.starts_with("alice") {
        return None;
    }
    let Some(time) = line.strip_prefix('+') else {
        return Some(format!("{line}\n"));
    };
    let seconds: f64 = time.strip_suffix('s').unwrap().parse().unwrap();
    (seconds >= 4.0).then(|| format!("+{seconds:.0}s\n"))
}

#[tokio::test]
async fn every_visitor_has_a_server_of_their_own() {
    let workbook = Workbook::start().await;
    let mut labs = vec![];
    for id in ["a", "b"] {
        let mut page = workbook.lab(id, "01", "reference").await;
        let opened = page.next("opened").await;
        page.say(r#"{"do":"connect","as":"alice","path":"/ws/echo"}"#)
            .await;
        page.hears("101 switching").await;
        labs.push((page, opened["at"][0].as_str().unwrap().to_owned()));
    }
    for (_, at) in &labs {
        assert!(
            workbook
                .get(&format!("{at}/connections"))
                .await
                .ends_with("\r\n\r\n1")
        );
    }
    // With its page goes the instance, and whoever was in it.
    let (page, at) = labs.remove(0);
    drop(page);
    let gone = async {
        while !workbook
            .get(&format!("{at}/connections"))
            .await
            .contains("This lab is over")
        {
            time::sleep(Duration::from_millis(10)).await;
        }
    };
    time::timeout(Duration::from_secs(5), gone).await.unwrap();
}

#[tokio::test]
async fn a_page_reaches_the_same_instance_by_itself_and_leaves_with_the_lab() {
    let workbook = Workbook::start().await;
    let mut lab = workbook.lab("a", "01", "reference").await;
    let at = lab.next("opened").await["at"][0]
        .as_str()
        .unwrap()
        .to_owned();
    let mut own = workbook.socket(&format!("{at}/ws/echo")).await;
    own.say("hello").await;
    assert_eq!(own.text().await, "echo: hello");
    lab.say(r#"{"do":"request","as":"probe","path":"/connections"}"#)
        .await;
    lab.hears("body \"1\"").await;
    drop(lab);
    assert_eq!(own.close().await.0, 1006);
}

#[tokio::test]
async fn a_learners_server_that_is_not_there_is_a_line_of_the_transcript() {
    let workbook = Workbook::start().await;
    let mut lab = workbook.lab("a", "01", "own").await;
    assert_eq!(
        lab.next("opened").await["at"],
        json!(["http://127.0.0.1:3001"])
    );
    // Somebody may run one on this machine.
    if tokio::net::TcpStream::connect("127.0.0.1:3001")
        .await
        .is_err()
    {
        lab.say(r#"{"do":"connect","as":"alice","path":"/ws/echo"}"#)
            .await;
        lab.hears("alice ! could not connect: connection refused")
            .await;
    }
}

#[tokio::test]
async fn what_is_no_command_is_refused_and_the_lab_goes_on() {
    let workbook = Workbook::start().await;
    let mut lab = workbook.lab("a", "01", "reference").await;
    lab.next("opened").await;
    let long = "x".repeat(3000);
    for wrong in [
        "not JSON".to_owned(),
        r#"{"do":"run","as":"alice"}"#.into(),
        r#"{"do":"text","as":"server","text":"x"}"#.into(),
        r#"{"do":"text","as":"Alice\n→","text":"x"}"#.into(),
        r#"{"do":"connect","as":"alice","path":"http://evil.example/"}"#.into(),
        format!(r#"{{"do":"connect","as":"alice","path":"/{long}"}}"#),
        r#"{"do":"connect","as":"alice","path":"/","headers":[["x\r\ny","z"]]}"#.into(),
        r#"{"do":"connect","as":"alice","path":"/","headers":[["x","y\r\nhost: z"]]}"#.into(),
        r#"{"do":"text","as":"alice","text":"xxxxxxxxxx","times":100000}"#.into(),
        r#"{"do":"text","as":"alice","text":"x","times":18446744073709551615}"#.into(),
        r#"{"do":"burst","as":"alice","text":"x","times":100000}"#.into(),
        r#"{"do":"bytes","as":"alice","hex":"0g"}"#.into(),
        r#"{"do":"bytes","as":"alice","hex":"000"}"#.into(),
        format!(
            r#"{{"do":"close","as":"alice","code":1000,"text":"{}"}}"#,
            "x".repeat(124)
        ),
        r#"{"do":"connect","as":"alice","path":"/","server":7}"#.into(),
        r#"{"do":"request","as":"alice","path":"/","keep":"a b"}"#.into(),
        r#"{"do":"request","as":"alice","path":"/","times":100000}"#.into(),
        r#"{"do":"switch","as":"operator","text":"the bus is away"}"#.into(),
        r#"{"do":"fill","as":"page","text":"‹token›"}"#.into(),
    ] {
        lab.say(&wrong).await;
        let why = lab.next("refused").await["why"]
            .as_str()
            .unwrap()
            .to_owned();
        assert!(!why.is_empty());
    }
    for i in 0..8 {
        lab.say(&format!(
            r#"{{"do":"connect","as":"c{i}","path":"/ws/echo"}}"#
        ))
        .await;
    }
    lab.hears("c7 ← 101").await;
    lab.say(r#"{"do":"connect","as":"c8","path":"/ws/echo"}"#)
        .await;
    assert!(
        lab.next("refused").await["why"]
            .as_str()
            .unwrap()
            .contains("8 clients")
    );
    lab.say(r#"{"do":"text","as":"c0","text":"still here"}"#)
        .await;
    lab.hears("echo: still here").await;
}

#[tokio::test]
async fn a_message_that_is_too_large_is_refused_before_it_is_here() {
    let workbook = Workbook::start().await;
    let mut lab = workbook.lab("a", "01", "reference").await;
    lab.next("opened").await;
    lab.say(&"x".repeat(64 * 1024 + 1)).await;
    assert_eq!(lab.close().await.0, 1009);
    let mut news = workbook.news("b", "01").await;
    news.say(&"x".repeat(2000)).await;
    let (code, _) = news.close().await;
    assert!([1006, 1008, 1009].contains(&code), "{code}");
}

#[tokio::test]
async fn a_lab_that_has_said_enough_ends() {
    let workbook = Workbook::start().await;
    let mut lab = workbook.lab("a", "01", "reference").await;
    lab.next("opened").await;
    lab.say(r#"{"do":"connect","as":"alice","path":"/ws/echo"}"#)
        .await;
    // What waits longer than the queue is, is refused; what was done fills the lab.
    let mut full = false;
    while !full {
        for _ in 0..20 {
            lab.say(r#"{"do":"text","as":"alice","text":"more"}"#).await;
        }
        let pause = Duration::from_millis(100);
        while !full && let Ok(message) = time::timeout(pause, lab.next_of_any()).await {
            full = message["full"] == true;
        }
    }
    assert_eq!(lab.close().await.0, 4000);
}

#[tokio::test]
async fn other_sites_get_nothing() {
    let workbook = Workbook::start().await;
    let mut lab = workbook.lab("a", "01", "reference").await;
    let at = lab.next("opened").await["at"][0]
        .as_str()
        .unwrap()
        .to_owned();
    let (host, port) = (workbook.host(), workbook.port);
    let paths = [
        "/live?id=b&page=x.html",
        "/live/lab?id=b&lab=01&target=own",
        &format!("{at}/ws/echo"),
    ];
    for path in paths {
        for (host, origin) in [
            // A page on the internet, and one that gave its own name our address (DNS rebinding).
            (host.as_str(), Some("http://evil.example")),
            ("evil.example", Some("http://evil.example")),
            (
                &format!("evil.example:{port}"),
                Some(&*format!("http://evil.example:{port}")),
            ),
            (host.as_str(), Some("null")),
            (host.as_str(), Some(&*format!("https://{host}"))),
            (host.as_str(), Some("http://127.0.0.1:3001")),
            // No browser at all.
            (host.as_str(), None),
        ] {
            let answer = workbook.raw(&handshake(path, host, origin)).await;
            assert!(
                answer.starts_with("HTTP/1.1 403"),
                "{path} {host} {origin:?}: {answer}"
            );
        }
    }
    // What a page elsewhere can ask for without a socket: an image, a form.
    for site in ["cross-site", "same-site"] {
        let head =
            format!("GET {at}/connections HTTP/1.1\r\nhost: {host}\r\nsec-fetch-site: {site}\r\n");
        assert!(workbook.raw(&head).await.starts_with("HTTP/1.1 403"));
    }
    let form = format!(
        "POST {at}/connections HTTP/1.1\r\nhost: {host}\r\norigin: http://evil.example\r\ncontent-length: 0\r\n"
    );
    assert!(workbook.raw(&form).await.starts_with("HTTP/1.1 403"));
}

#[tokio::test]
async fn no_path_leads_out_of_a_lab() {
    let workbook = Workbook::start().await;
    let mut lab = workbook.lab("a", "01", "reference").await;
    let at = lab.next("opened").await["at"][0]
        .as_str()
        .unwrap()
        .to_owned();
    for path in [
        "/live/at",
        "/live/at/",
        "/live/at/99/connections",
        "/live/at/x/connections",
        "/live/at/-1/",
        "/live/at/%30/connections",
        "/live/at/18446744073709551616/",
        &format!("{at}/../../../Cargo.toml"),
        &format!("{at}/..%2f..%2fCargo.toml"),
        "/live/../Cargo.toml",
        "/live/nothing",
    ] {
        let answer = workbook.get(path).await;
        assert!(
            !answer.starts_with("HTTP/1.1 2") && !answer.contains("[workspace]"),
            "{path}: {answer}"
        );
    }
    for wrong in [
        "/live/lab?id=a&lab=02x&target=reference",
        "/live/lab?id=a&lab=../01&target=reference",
        "/live/lab?id=a&lab=01&target=http://evil.example",
        "/live/lab?id=A%0A&lab=01&target=own",
        "/live?page=x",
    ] {
        let answer = workbook
            .raw(&handshake(
                wrong,
                &workbook.host(),
                Some(&workbook.origin()),
            ))
            .await;
        assert!(answer.starts_with("HTTP/1.1 4"), "{wrong}: {answer}");
    }
}

#[tokio::test]
async fn a_large_body_is_not_taken_in() {
    let workbook = Workbook::start().await;
    let mut lab = workbook.lab("a", "01", "reference").await;
    let at = lab.next("opened").await["at"][0]
        .as_str()
        .unwrap()
        .to_owned();
    let (host, origin) = (workbook.host(), workbook.origin());
    for path in ["/index.html", "/live", &format!("{at}/connections")] {
        let head = format!(
            "POST {path} HTTP/1.1\r\nhost: {host}\r\norigin: {origin}\r\ncontent-length: 10000000000\r\n"
        );
        let answer = workbook.raw(&head).await;
        assert!(answer.starts_with("HTTP/1.1 4"), "{path}: {answer}");
    }
}

#[tokio::test]
async fn a_page_that_opens_ten_thousand_sockets_gets_four() {
    let workbook = Workbook::start().await;
    let mut pages = vec![];
    let mut refused = [0; 2];
    let (mut told, mut named) = (0, None);
    for round in 0..100 {
        let opened: Vec<_> = (0..100).map(|_| workbook.try_news("wild")).collect();
        for page in futures_util::future::join_all(opened).await {
            match page {
                Ok(mut page) => match page.first().await {
                    Ok(_) => pages.push(page),
                    Err(close) => {
                        told += 1;
                        named = Some(close);
                    }
                },
                Err(answer) => {
                    assert!(answer.starts_with("HTTP/1.1 503"), "{answer}");
                    assert!(
                        answer.to_ascii_lowercase().contains("retry-after: 5")
                            && answer.contains("too many pages"),
                        "{answer}"
                    );
                    refused[usize::from(round > 0)] += 1;
                }
            }
        }
    }
    assert_eq!(pages.len(), 4);
    assert_eq!(told + refused[0] + refused[1] + 4, 10_000);
    assert_eq!(
        named,
        Some((1013, "too many pages of this book are open".into()))
    );
    // Another page is let in meanwhile, and this one when it has made room.
    workbook.news("calm", "01").await.next("hello").await;
    pages.pop();
    let again = async {
        loop {
            if let Ok(mut page) = workbook.try_news("wild").await
                && page.first().await.is_ok()
            {
                break;
            }
        }
    };
    time::timeout(Duration::from_secs(5), again).await.unwrap();
}

#[tokio::test]
async fn labs_are_few() {
    let workbook = Workbook::start().await;
    let mut labs = vec![];
    for id in ["a", "b", "c"] {
        for _ in 0..4 {
            let mut lab = workbook.lab(id, "01", "reference").await;
            lab.next("opened").await;
            labs.push(lab);
        }
        assert_eq!(
            workbook.lab(id, "01", "reference").await.close().await.0,
            1013
        );
    }
    assert_eq!(
        workbook.lab("d", "01", "reference").await.close().await,
        (1013, "too many labs are open: close another page".into())
    );
}
