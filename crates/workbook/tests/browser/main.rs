//! The book as its readers have it: in a browser, while `cargo workbook` runs, and without it.

#[path = "../cli/tree.rs"]
#[allow(dead_code, reason = "the other tests use the rest of it")]
mod tree;

mod book;
mod cards;
mod chromium;

use std::{
    env, fs,
    net::{Ipv4Addr, TcpListener},
    process::{Command, Stdio},
    time::Duration,
};

use book::{Book, LEAVES_AT_CLOSE, NOT_STARTED, PANICS, PASSING, count};
use chromium::{Chromium, Window};
use fantoccini::{key::Key, wd::TimeoutConfiguration};
use tree::Live;

/// Runs a test in a browser, if there is one.
fn in_browser(test: impl AsyncFnOnce(&Chromium)) {
    let Some(chromium) = Chromium::start() else {
        return;
    };
    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(test(&chromium));
}

fn free_port() -> u16 {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    listener.local_addr().unwrap().port()
}

/// `cargo workbook` in a copy of the book.
fn serve(book: &Book, port: u16) -> Live {
    let mut command = Command::new(env!("CARGO_BIN_EXE_workbook"));
    command
        .args(["--ignore-stdin", "--port", &port.to_string()])
        .current_dir(book.path("."))
        .env_remove("CARGO_TARGET_DIR");
    let mut live = Live::start(&mut command, Stdio::null());
    live.until("Ctrl-C ends");
    live
}

fn chapter(port: u16) -> String {
    format!("http://127.0.0.1:{port}/01-lifecycle.html")
}

const LAB: &str = "ws-lab .wsb-scroll ws-ladder";

/// Waits until the lab's transcript has this in it.
async fn hears(window: &Window, text: &str) {
    window
        .until(&format!(
            "document.querySelector('{LAB}')?.transcript?.includes({})",
            serde_json::json!(text)
        ))
        .await;
}

#[test]
fn a_lab_is_used_with_the_mouse() {
    in_browser(async |chromium| {
        let (book, port) = (Book::new(), free_port());
        let _live = serve(&book, port);
        let window = chromium.window(&[]).await;
        window.open(&chapter(port)).await;
        window.sees("ws-lab", "the chapter’s own").await;
        window.click("ws-lab", "Connect").await;
        hears(&window, "alice ← 101 switching protocols").await;
        window.click("ws-lab", "Send").await;
        hears(&window, "alice ← text \"echo: hello\"").await;
        window.click("ws-lab", "hello in three frames").await;
        hears(&window, "alice → last \"o\"").await;
        window.click("ws-lab", "How many are here?").await;
        hears(&window, "probe ← 200 ok body \"1\"").await;
        window.picture("lab").await;
        window.click("ws-lab", "Close").await;
        hears(&window, "alice ⊘ tcp closed by the server\n").await;
        // The page itself, by the browser's own WebSocket, at the same instance of the server.
        window.click("ws-lab", "this page").await;
        window.click("ws-lab", "Connect").await;
        window.sees("ws-lab", "open event").await;
        window.click("ws-lab", "How many are here?").await;
        window
            .until(&format!(
                "document.querySelector('{LAB}').transcript.endsWith('body \"1\"\\n')"
            ))
            .await;
        window.click("ws-lab", "quit").await;
        window
            .sees(
                "ws-lab",
                "close event: code 1000, reason \"you asked for it\", wasClean true",
            )
            .await;
        window.picture("lab-page").await;
        window.close().await;
    });
}

#[test]
fn a_lab_is_used_with_the_keyboard_alone() {
    in_browser(async |chromium| {
        let (book, port) = (Book::new(), free_port());
        let _live = serve(&book, port);
        let window = chromium.window(&[]).await;
        window.open(&format!("{}#lab", chapter(port))).await;
        window.sees("ws-lab", "the chapter’s own").await;
        // Arrows choose among clients here, and turn pages elsewhere.
        window.tab_to("alice").await;
        window.keys(&Key::Right.to_string()).await;
        window.keys(&Key::Left.to_string()).await;
        window.tab_to("Connect").await;
        window.keys(&Key::Enter.to_string()).await;
        hears(&window, "alice ← 101 switching protocols").await;
        window.tab_to("Message").await;
        // mdBook begins a search at s, where nobody types.
        window.keys("sss").await;
        window.keys(&Key::Enter.to_string()).await;
        hears(&window, "alice ← text \"echo: sss\"").await;
        window.tab_to("Close").await;
        window.keys(&Key::Left.to_string()).await;
        window.keys("s").await;
        window.keys(&Key::Space.to_string()).await;
        hears(&window, "alice ← close 1000").await;
        assert!(
            window
                .0
                .current_url()
                .await
                .unwrap()
                .as_str()
                .contains("/01-lifecycle.html")
        );
        let focused = window.js("return document.activeElement.innerText").await;
        assert_eq!(
            focused, "Close",
            "a button that is of no use now keeps the focus"
        );
        window.close().await;
    });
}

#[test]
fn a_lab_shows_what_only_the_wire_knows() {
    in_browser(async |chromium| {
        let (book, port) = (Book::new(), free_port());
        let _live = serve(&book, port);
        let window = chromium.window(&[]).await;
        window.open(&chapter(port)).await;
        window.sees("ws-lab", "the chapter’s own").await;
        // A peer that does not answer a Close is given up after five seconds.
        window.click("ws-lab", "Stay silent at Close").await;
        window.click("ws-lab", "Connect").await;
        window.click("ws-lab", "quit").await;
        hears(
            &window,
            "alice ← close 1000 \"you asked for it\"\n+5s\nalice ⊘ tcp closed by the server\n",
        )
        .await;
        // A process that is gone; and the bytes of a frame, on demand.
        window.click("ws-lab", "bob").await;
        window.click("ws-lab", "Connect").await;
        hears(&window, "bob   ← 101").await;
        window.click("ws-lab", "Send").await;
        hears(&window, "bob   ← text \"echo: hello\"").await;
        window.click("ws-lab", "Vanish").await;
        hears(&window, "bob   ⊘ tcp closed by bob").await;
        window.click("ws-lab", "bytes").await;
        window.sees("ws-lab .wsl-frame", "masking key").await;
        // The learner's own server is not running.
        window.click("ws-lab", "yours, on").await;
        window.click("ws-lab", "Connect").await;
        window
            .sees("ws-lab .wsb-note", "Nothing listens on 127.0.0.1:3001")
            .await;
        assert_eq!(window.complaints().await, [""; 0]);
        window.close().await;
    });
}

#[test]
fn a_room_is_watched_while_somebody_does_not_listen() {
    in_browser(async |chromium| {
        let (book, port) = (Book::new(), free_port());
        let _live = serve(&book, port);
        let window = chromium.window(&["--window-size=1280,1500"]).await;
        window
            .open(&format!(
                "http://127.0.0.1:{port}/03-connection-manager.html#lab"
            ))
            .await;
        window.sees("ws-lab", "the chapter’s own").await;
        window.click("ws-lab", "All four enter").await;
        hears(&window, "dave  ← text \"-> dave joined\"").await;
        window.click("ws-lab", "eve comes as bob").await;
        hears(&window, "eve   ← 409 conflict").await;
        window.click("ws-lab", "hello").await;
        hears(&window, "carol ← text \"alice: hello\"").await;
        window.click("ws-lab", "dave stops reading").await;
        window.click("ws-lab", "alice says 400 things").await;
        hears(&window, "carol · hears 401 messages").await;
        window.click("ws-lab", "Who is in?").await;
        hears(&window, r#"["alice","bob","carol"]"#).await;
        window.click("ws-lab", "dave reads again").await;
        hears(&window, "dave  ← close 1013").await;
        window.picture("room").await;
        assert_eq!(window.complaints().await, [""; 0]);
        window.close().await;
    });
}

#[test]
fn a_feed_is_followed_by_the_page_itself_and_by_clients() {
    in_browser(async |chromium| {
        let (book, port) = (Book::new(), free_port());
        let _live = serve(&book, port);
        let window = chromium.window(&["--window-size=1280,1500"]).await;
        window
            .open(&format!("http://127.0.0.1:{port}/06-sse.html#lab"))
            .await;
        window.sees("ws-lab", "the chapter’s own").await;
        window.click("ws-lab", "alice follows by SSE").await;
        hears(&window, "alice ← event retry").await;
        window.click("ws-lab", "bob follows by WebSocket").await;
        window.click("ws-lab", "this page follows").await;
        window.sees("ws-lab", "open event").await;
        window.click("ws-lab", "publish a price").await;
        window.until("document.querySelectorAll('ws-lab ws-ladder')[1].transcript.includes('page ← event id \"1\" event \"price\" data \"41\"')").await;
        hears(&window, r#"alice  ← event id "1" event "price" data "41""#).await;
        // An event stream can be cut as a WebSocket can.
        window.click("ws-lab", "Vanish").await;
        hears(&window, "alice  ⊘ tcp closed by alice").await;
        window.click("ws-lab", "alice comes back with id 99").await;
        hears(&window, r#"event "reset" data "1""#).await;
        window.click("ws-lab", "shut down").await;
        hears(&window, "alice  · the event stream ends").await;
        window.picture("feed").await;
        assert_eq!(window.complaints().await, [""; 0]);
        window.close().await;
    });
}

/// Waits until the page's own transcript ends with this.
async fn page_hears(window: &Window, text: &str) {
    let end = serde_json::json!(format!("{text}\n"));
    window
        .until(&format!(
            "document.querySelectorAll('ws-lab ws-ladder')[1].transcript.endsWith({end})"
        ))
        .await;
}

/// Clicks a button of the row that has this title.
async fn try_out(window: &Window, row: &str, label: &str) {
    let within = format!("ws-lab [role=group][aria-label=\"{row}\"]");
    window.click(&within, label).await;
}

/// Labs whose commands stand in rows: one of them.
const LABS_WITH_ROWS: [(&str, &str, &str); 3] = [
    ("04-multi-worker", "Try", "All four enter"),
    ("05-auth", "Query", "an expired one"),
    ("07-production", "House", "How many are in?"),
];

/// Opens the lab of a chapter, and has a client and the page itself do something.
async fn use_lab(window: &Window, port: u16, (page, row, label): (&str, &str, &str)) {
    window
        .open(&format!("http://127.0.0.1:{port}/{page}.html#lab"))
        .await;
    window.sees("ws-lab", "the chapter’s own").await;
    try_out(window, row, label).await;
    window
        .until(&format!("document.querySelector('{LAB}')?.transcript"))
        .await;
    window.click("ws-lab", "this page").await;
    window.click("ws-lab", "Connect").await;
    window.sees("ws-lab", "open event").await;
    window
        .js("document.querySelector('ws-lab').scrollIntoView({ behavior: 'instant' })")
        .await;
}

const REFUSED: &str = "page · close event: code 1006, wasClean false";

#[test]
fn a_page_at_the_doors_sees_less_than_a_program() {
    in_browser(async |chromium| {
        let (book, port) = (Book::new(), free_port());
        let _live = serve(&book, port);
        let window = chromium.window(&["--window-size=1280,1700"]).await;
        window
            .open(&format!("http://127.0.0.1:{port}/05-auth.html#lab"))
            .await;
        window.sees("ws-lab", "the chapter’s own").await;
        try_out(&window, "Query", "a good token").await;
        hears(&window, r#"alice ← text {"type":"welcome","user":"alice"}"#).await;
        try_out(&window, "Query", "an expired one").await;
        hears(&window, "alice ← 401 unauthorized").await;
        try_out(&window, "Ticket", "alice gets one").await;
        hears(&window, "alice ← 200 ok body \"‹ticket›\"").await;

        window.click("ws-lab", "this page").await;
        try_out(&window, "Query", "a good token").await;
        let welcome = r#"page ← text {"type":"welcome","user":"page"}"#;
        page_hears(&window, welcome).await;
        // Who is in leaves first.
        try_out(&window, "Query", "an expired one").await;
        page_hears(&window, REFUSED).await;
        hears(
            &window,
            "server · answers 401 unauthorized to this page's GET /ws/query",
        )
        .await;
        // The same refusal, where a page can read it.
        try_out(&window, "First message", "one of another service").await;
        page_hears(
            &window,
            "page · close event: code 1008, reason \"say who you are first\", wasClean true",
        )
        .await;
        try_out(&window, "First message", "a good token").await;
        page_hears(&window, welcome).await;
        // A cookie that the browser really sends, with an origin that nobody chooses.
        try_out(&window, "Cookie", "as from evil.example").await;
        page_hears(&window, welcome).await;
        window.click("ws-lab", "not on it").await;
        hears(&window, "server · does not know the origin of this page").await;
        try_out(&window, "Cookie", "as from app.example").await;
        page_hears(&window, REFUSED).await;
        hears(
            &window,
            "server · answers 403 forbidden to this page's GET /ws/cookie",
        )
        .await;
        // Somebody else's ticket, once.
        try_out(&window, "Ticket", "come with it").await;
        page_hears(&window, r#"page ← text {"type":"welcome","user":"alice"}"#).await;
        try_out(&window, "Ticket", "come with it").await;
        page_hears(&window, REFUSED).await;
        try_out(&window, "Subprotocol", "a good token").await;
        page_hears(&window, welcome).await;
        window
            .sees("ws-lab", "open event, protocol \"workbook.v1\"")
            .await;
        window.picture("doors").await;
        try_out(&window, "Subprotocol", "the same at a door").await;
        page_hears(&window, REFUSED).await;
        try_out(&window, "Query", "one that is good").await;
        page_hears(
            &window,
            "page · close event: code 4001, reason \"the token has expired\", wasClean true",
        )
        .await;
        let text = window
            .js("return document.querySelector('ws-lab').innerText")
            .await;
        assert!(!text.as_str().unwrap().contains("eyJ"), "no token is shown");
        // With the lab goes its cookie.
        window.click("ws-lab", "Begin anew").await;
        assert_eq!(window.js("return document.cookie").await, "");
        assert_eq!(
            window
                .js("return document.querySelector('.wsb-switch input').checked")
                .await,
            true
        );
        assert_eq!(window.complaints().await, [""; 0]);
        window.close().await;
    });
}

#[test]
fn the_doors_are_tried_with_the_keyboard_alone() {
    in_browser(async |chromium| {
        let (book, port) = (Book::new(), free_port());
        let _live = serve(&book, port);
        let window = chromium.window(&[]).await;
        window
            .open(&format!("http://127.0.0.1:{port}/05-auth.html#lab"))
            .await;
        window.sees("ws-lab", "the chapter’s own").await;
        window.tab_to("alice").await;
        window.keys(&Key::Left.to_string()).await;
        window.tab_to("one of another service").await;
        window.keys(&Key::Enter.to_string()).await;
        page_hears(&window, REFUSED).await;
        window.tab_to("on the list").await;
        window.keys(&Key::Right.to_string()).await;
        hears(&window, "server · does not know the origin of this page").await;
        window.tab_to("come with it").await;
        window.keys(&Key::Enter.to_string()).await;
        window
            .sees("ws-lab .wsb-note", "Not done: there is no ‹ticket› yet.")
            .await;
        window.close().await;
    });
}

#[test]
fn two_workers_lose_their_bus_and_find_it_again() {
    in_browser(async |chromium| {
        let (book, port) = (Book::new(), free_port());
        let _live = serve(&book, port);
        let window = chromium.window(&["--window-size=1280,1700"]).await;
        window
            .open(&format!("http://127.0.0.1:{port}/04-multi-worker.html#lab"))
            .await;
        window.sees("ws-lab", "the chapter’s own").await;
        try_out(&window, "Try", "All four enter").await;
        hears(&window, "carol · is a client of worker 2").await;
        hears(&window, "dave  ← text \"-> dave joined\"").await;
        try_out(&window, "Try", "can you hear me?").await;
        hears(&window, "dave  ← text \"alice: can you hear me?\"").await;
        // The page itself, on the second worker.
        window.click("ws-lab", "this page").await;
        try_out(&window, "Try", "this page enters on worker 2").await;
        page_hears(&window, r#"page ← text "-> page joined""#).await;
        hears(&window, "alice ← text \"-> page joined\"").await;
        window.click("ws-lab", "away").await;
        hears(&window, "server · the bus is away").await;
        window.click("ws-lab", "Send").await;
        page_hears(&window, r#"page ← text "! not sent: hello""#).await;
        try_out(&window, "Ready?", "ask worker 1").await;
        hears(&window, "probe-1 ← 503 service unavailable").await;
        try_out(&window, "Try", "eve enters on worker 2").await;
        hears(&window, "eve     ← 503 service unavailable").await;
        window.picture("workers").await;
        window.click("ws-lab", "one for both").await;
        // A worker asks for its bus once a second.
        tokio::time::sleep(Duration::from_millis(1200)).await;
        try_out(&window, "Ready?", "ask worker 2").await;
        hears(&window, "probe-2 ← 200 ok").await;
        window.click("ws-lab", "Send").await;
        page_hears(&window, r#"page ← text "page: hello""#).await;
        hears(&window, "alice   ← text \"page: hello\"").await;
        // By the keyboard: one each, which is no bus at all.
        window.tab_to("one for both").await;
        window.keys(&Key::Right.to_string()).await;
        hears(&window, "server  · a bus for each worker").await;
        window.tab_to("alice").await;
        assert_eq!(window.complaints().await, [""; 0]);
        window.close().await;
    });
}

#[test]
fn a_feed_sends_away_whoever_makes_trouble() {
    in_browser(async |chromium| {
        let (book, port) = (Book::new(), free_port());
        let _live = serve(&book, port);
        let window = chromium.window(&["--window-size=1280,1700"]).await;
        window
            .open(&format!("http://127.0.0.1:{port}/07-production.html#lab"))
            .await;
        window.sees("ws-lab", "the chapter’s own").await;
        try_out(&window, "House", "all three come").await;
        hears(&window, "carol ← 101 switching protocols").await;
        try_out(&window, "House", "dave comes, too").await;
        hears(&window, "dave  ← 503 service unavailable").await;
        window.click("ws-lab", "this page").await;
        window.click("ws-lab", "Connect").await;
        page_hears(&window, REFUSED).await;
        hears(
            &window,
            "answers 503 service unavailable to this page's GET /ws/feed",
        )
        .await;
        window.click("ws-lab", "bob").await;
        try_out(&window, "Client", "30 messages at once").await;
        hears(&window, "bob    ← close 1008").await;
        window.click("ws-lab", "carol").await;
        try_out(&window, "Client", "20 000 bytes in one").await;
        hears(&window, "carol  ← close 1009").await;
        // There is room again, and nothing of a heartbeat reaches the page.
        window.click("ws-lab", "this page").await;
        window.click("ws-lab", "Connect").await;
        page_hears(&window, "page · open event").await;
        window.click("ws-lab", "alice").await;
        try_out(&window, "Client", "answers no pings").await;
        hears(&window, "alice  ← close 1011 \"no answer to a ping\"").await;
        window.click("ws-lab", "Connect").await;
        window.click("ws-lab", "Stop reading").await;
        hears(&window, "alice  · stops reading").await;
        try_out(&window, "Feed", "publish 300 long ones").await;
        hears(&window, "editor ← 204").await;
        window.click("ws-lab", "Read again").await;
        hears(&window, "alice  ← close 1013").await;
        window.picture("feed-in-trouble").await;
        // By the keyboard: the end.
        window.tab_to("shut down").await;
        window.keys(&Key::Enter.to_string()).await;
        hears(&window, "server · is told to go").await;
        page_hears(
            &window,
            "page · close event: code 1001, reason \"the server is going down\", wasClean true",
        )
        .await;
        let own = window
            .js("return document.querySelectorAll('ws-lab ws-ladder')[1].transcript")
            .await;
        assert!(!own.as_str().unwrap().contains("ping"), "{own}");
        assert_eq!(window.complaints().await, [""; 0]);
        window.close().await;
    });
}

/// How long it takes from a file that is there to the page that shows it.
async fn shown_after(window: &Window, condition: &str, act: impl FnOnce()) -> Duration {
    let start = std::time::Instant::now();
    act();
    window.until(condition).await;
    start.elapsed()
}

#[test]
fn a_saved_file_is_a_verdict_on_the_page() {
    in_browser(async |chromium| {
        let (book, port) = (Book::new(), free_port());
        let mut live = serve(&book, port);
        let window = chromium.window(&[]).await;
        window.open(&format!("{}#exercise", chapter(port))).await;
        window.sees(".wsr", "not checked yet").await;

        book.save(LEAVES_AT_CLOSE);
        window.sees(".wsr", &count(LEAVES_AT_CLOSE)).await;
        window
            .sees(".wsr .wsr-mistake", "A known mistake: leaving at Close")
            .await;
        window
            .sees(".wsr ws-ladder", "Expected, and missing in yours")
            .await;
        window.sees(".wsr .wsr-title", "a Close is answered").await;
        window
            .sees(
                ".sidebar .wsv-tick",
                &count(LEAVES_AT_CLOSE).replace(" of ", "/"),
            )
            .await;
        window
            .js("document.querySelector('.wsr').scrollIntoView({ behavior: 'instant' })")
            .await;
        tokio::time::sleep(Duration::from_millis(300)).await;
        window.picture("run-failing").await;

        book.save(PANICS);
        window
            .sees(
                ".wsr .wsr-problem",
                "Your code panicked in exercises/01-lifecycle/src/lib.rs:41",
            )
            .await;
        window.picture("run-panics").await;

        book.save_text("nothing that compiles");
        window.sees(".wsr", "does not compile").await;
        window
            .sees(
                ".wsr-problem",
                "Your code does not compile in exercises/01-lifecycle/src/lib.rs:1: expected one of",
            )
            .await;
        window.sees(".wsr", &count(PANICS)).await;
        window
            .js("document.querySelector('.wsr').scrollIntoView({ behavior: 'instant' })")
            .await;
        window.picture("run-not-compiled").await;

        book.save(PASSING);
        window.sees(".wsr", &count(PASSING)).await;
        window
            .sees(".wsr", "Compare yours with one good answer")
            .await;
        window.sees(".sidebar .wsv-tick", "✓").await;
        window
            .until(
                "![...document.querySelectorAll('.wsr-problem')].some((e) => e.checkVisibility())",
            )
            .await;
        window.picture("run-passing").await;

        book.save(NOT_STARTED);
        window
            .sees(
                ".wsr",
                "The first thing to write is in exercises/01-lifecycle/src/lib.rs:31",
            )
            .await;
        window.picture("run-not-started").await;
        live.within(Duration::from_millis(300));

        // A check that somebody runs by hand writes the same file; from there to the page it is a tenth of a second.
        let mut times = vec![];
        for _ in 0..5 {
            for verdict in [LEAVES_AT_CLOSE, PASSING] {
                let count = count(verdict);
                let condition =
                    format!("document.querySelector('.wsr-count').textContent === '{count}'");
                times.push(shown_after(&window, &condition, || book.judge(verdict)).await);
                tokio::time::sleep(Duration::from_millis(120)).await;
            }
        }
        times.sort();
        println!("verdict in its file → on the page: {times:?}");
        // The median, and with room for a machine on which others work.
        assert!(
            times[times.len() / 2] < Duration::from_millis(250),
            "{times:?}"
        );
        assert_eq!(window.complaints().await, [""; 0]);
        window.close().await;
    });
}

#[test]
fn a_page_comes_back_when_the_workbook_does() {
    in_browser(async |chromium| {
        let (book, port) = (Book::new(), free_port());
        let live = serve(&book, port);
        let window = chromium.window(&[]).await;
        window.open(&chapter(port)).await;
        book.save(LEAVES_AT_CLOSE);
        window.sees(".wsr", &count(LEAVES_AT_CLOSE)).await;
        window.click("ws-lab", "Connect").await;
        hears(&window, "alice ← 101").await;
        drop(live);
        window.sees(".wsr", "the workbook is gone").await;
        window
            .sees("ws-lab .wsb-note", "The workbook has ended")
            .await;
        // What was said is still there to be read.
        hears(&window, "alice ← 101").await;
        window.picture("gone").await;
        let _live = serve(&book, port);
        window.sees(".wsr", "failing, checked in").await;
        window.click("ws-lab", "Connect").await;
        hears(&window, "alice ← 101").await;
        window.close().await;
    });
}

#[test]
fn a_page_that_was_built_anew_is_loaded_again_but_not_under_somebody_who_uses_it() {
    in_browser(async |chromium| {
        let (book, port) = (Book::new(), free_port());
        let mut live = serve(&book, port);
        let window = chromium.window(&[]).await;
        window.open(&format!("{}#lab", chapter(port))).await;
        window.sees("ws-lab", "the chapter’s own").await;
        window.js("window.old = true").await;
        let page = book.read("book/01-lifecycle.md");

        // Another page changes: this one stays as it is.
        book.write("book/glossary.md", "# Glossary\n\nNothing.\n");
        live.until("the book is built");
        tokio::time::sleep(Duration::from_millis(300)).await;
        assert_eq!(window.js("return window.old").await, true);

        let place = window
            .js("scrollTo({ top: 900, behavior: 'instant' }); return scrollY")
            .await;
        book.write(
            "book/01-lifecycle.md",
            &format!("{page}\nThe second edition.\n"),
        );
        window.sees("main", "The second edition.").await;
        window.sees("ws-lab", "the chapter’s own").await;
        window
            .until(&format!("Math.abs(scrollY - {place}) < 80"))
            .await;

        window.click("ws-lab", "Connect").await;
        hears(&window, "alice ← 101").await;
        book.write(
            "book/01-lifecycle.md",
            &format!("{page}\nThe third edition.\n"),
        );
        window
            .sees(".wsv-banner", "This page was built anew.")
            .await;
        hears(&window, "alice ← 101").await;
        window.picture("banner").await;
        window.click(".wsv-banner", "Load it").await;
        window.sees("main", "The third edition.").await;
        window.close().await;
    });
}

/// The book without anybody who serves it, built for being read as files.
fn built(book: &Book) -> String {
    let root = book.path(".").canonicalize().unwrap();
    workbook::book::build(&root).unwrap();
    format!("file://{}", workbook::book::dir(&root).display())
}

#[test]
fn without_a_server_a_lab_replays_its_recording() {
    in_browser(async |chromium| {
        let book = Book::new();
        let folder = built(&book);
        let window = chromium.window(&[]).await;
        window
            .open(&format!("{folder}/01-lifecycle.html#lab"))
            .await;
        window
            .sees(
                "ws-lab",
                "A recording, since this page is not served by cargo workbook",
            )
            .await;
        window
            .sees("ws-run", "gives you the verdict on every save")
            .await;
        window
            .click("ws-lab", "Next: alice asks the server for a WebSocket")
            .await;
        window
            .sees("ws-lab ws-ladder", "101 switching protocols")
            .await;
        window.click("ws-lab", "Next: alice sends text").await;
        window.sees("ws-lab ws-ladder", "echo: hello").await;
        window.picture("replay").await;
        window.click("ws-lab", "Show all").await;
        window.sees("ws-lab", "That was all").await;
        let shown = window
            .js("return document.querySelector('ws-lab ws-ladder').transcript")
            .await;
        assert_eq!(
            shown.as_str().unwrap(),
            book.read("book/labs/recorded/01.txt")
        );
        window.click("ws-lab", "From the beginning").await;
        window.sees("ws-lab", "Next: alice asks").await;
        // Nothing was asked of anybody: there is nobody.
        let asked = window.js("return performance.getEntriesByType('resource').map((r) => r.name).filter((n) => !n.startsWith('file:'))").await;
        assert_eq!(asked, serde_json::json!([]));
        assert_eq!(window.complaints().await, [""; 0]);
        window.close().await;
    });
}

#[test]
fn without_scripts_the_recording_stands_there() {
    in_browser(async |chromium| {
        let book = Book::new();
        let folder = built(&book);
        let window = chromium.window(&[]).await;
        window
            .devtools(
                "Emulation.setScriptExecutionDisabled",
                serde_json::json!({ "value": true }),
            )
            .await;
        window
            .open(&format!("{folder}/01-lifecycle.html#lab"))
            .await;
        let text = window.js("return [document.querySelector('ws-lab').innerText, document.querySelector('ws-run').innerText, document.querySelectorAll('main button, main input').length]").await;
        assert!(
            text[0].as_str().unwrap().contains("alice → text \"quit\""),
            "{text}"
        );
        assert!(!text[0].as_str().unwrap().contains("\"do\""), "{text}");
        assert!(
            text[1]
                .as_str()
                .unwrap()
                .contains("the verdict on every save"),
            "{text}"
        );
        assert_eq!(text[2], 0, "nothing that does nothing");
        window.close().await;
    });
}

#[test]
fn a_page_is_printed_without_its_controls() {
    in_browser(async |chromium| {
        let (book, port) = (Book::new(), free_port());
        let _live = serve(&book, port);
        let window = chromium.window(&[]).await;
        window.open(&chapter(port)).await;
        book.save(LEAVES_AT_CLOSE);
        window.sees(".wsr", &count(LEAVES_AT_CLOSE)).await;
        window.click("ws-lab", "Connect").await;
        hears(&window, "alice ← 101").await;
        window
            .devtools(
                "Emulation.setEmulatedMedia",
                serde_json::json!({ "media": "print" }),
            )
            .await;
        let shown = window.js("return [...document.querySelectorAll('ws-lab button, ws-lab input, .wsv-banner, .wsr-all')].filter((e) => e.checkVisibility()).map((e) => e.outerHTML)").await;
        assert_eq!(shown, serde_json::json!([]));
        for kept in ["101 switching protocols", "A known mistake"] {
            assert!(
                window
                    .js("return document.querySelector('main').innerText")
                    .await
                    .as_str()
                    .unwrap()
                    .contains(kept),
                "{kept}"
            );
        }
        let pdf = window
            .devtools(
                "Page.printToPDF",
                serde_json::json!({ "printBackground": false }),
            )
            .await;
        let length = pdf["data"].as_str().unwrap().len();
        assert!(length > 50_000, "{length}");
        window.close().await;
    });
}

#[test]
fn a_page_fits_a_phone() {
    in_browser(async |chromium| {
        let (book, port) = (Book::new(), free_port());
        let _live = serve(&book, port);
        let window = chromium.window(&[]).await;
        let phone = serde_json::json!({ "width": 360, "height": 740, "deviceScaleFactor": 2, "mobile": true });
        window
            .devtools("Emulation.setDeviceMetricsOverride", phone)
            .await;
        window.open(&format!("{}#lab", chapter(port))).await;
        book.save(LEAVES_AT_CLOSE);
        window.sees(".wsr", &count(LEAVES_AT_CLOSE)).await;
        window.click("ws-lab", "Connect").await;
        window.click("ws-lab", "Send").await;
        hears(&window, "alice ← text").await;
        let wide = window.js("return [...document.querySelectorAll('ws-lab *, ws-run *')].filter((e) => e.checkVisibility() && !e.closest('pre') && e.getBoundingClientRect().right > 361).map((e) => e.className)").await;
        assert_eq!(wide, serde_json::json!([]));
        window
            .js("document.querySelector('ws-lab').scrollIntoView({ behavior: 'instant' })")
            .await;
        window.picture("phone-lab").await;
        window
            .js("document.querySelector('ws-run').scrollIntoView({ behavior: 'instant' })")
            .await;
        window.picture("phone-run").await;
        for (page, row, label) in LABS_WITH_ROWS {
            use_lab(&window, port, (page, row, label)).await;
            let wide = window.js("return [...document.querySelectorAll('ws-lab *')].filter((e) => e.checkVisibility() && !e.closest('pre') && e.getBoundingClientRect().right > 361).map((e) => e.className + e.outerHTML.slice(0, 80))").await;
            assert_eq!(wide, serde_json::json!([]), "{page}");
            window.picture(&format!("phone-{page}")).await;
        }
        window.close().await;
    });
}

/// What the accessibility checker axe-core finds against WCAG 2.2 AA.
async fn violations(window: &Window, axe: &str) -> Vec<String> {
    // A long page takes its time, on a machine that has other things to do.
    let patience = TimeoutConfiguration::new(Some(Duration::from_secs(120)), None, None);
    window.0.update_timeouts(patience).await.unwrap();
    window.0.execute(axe, vec![]).await.unwrap();
    let found = window
        .0
        .execute_async(
            "const done = arguments[0];
             axe.run(document, { runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa'], resultTypes: ['violations'] })
                 .then(({ violations }) => done(violations.map((v) => `${v.id}: ${v.help}: ${v.nodes.length} times, such as ${v.nodes[0].html.slice(0, 160)} ${[...new Set(v.nodes.map((n) => n.any[0]?.data).filter((d) => d?.fgColor).map((d) => `${d.fgColor} on ${d.bgColor}`))]}`)))
                 .catch((error) => done([String(error)]));",
            vec![],
        )
        .await
        .unwrap();
    serde_json::from_value(found).unwrap()
}

#[test]
fn no_page_has_a_barrier_that_axe_can_find() {
    let Some(axe) = env::var_os("AXE").filter(|axe| !axe.is_empty()) else {
        assert!(
            env::var_os("CI").is_none(),
            "AXE has to name axe.min.js of npm's axe-core"
        );
        return eprintln!(
            "NOT TESTED: set AXE to the axe.min.js of npm's axe-core to look for barriers on every page"
        );
    };
    let axe = fs::read_to_string(axe).unwrap();
    in_browser(async |chromium| {
        let (book, port) = (Book::new(), free_port());
        let _live = serve(&book, port);
        let window = chromium.window(&["--force-prefers-reduced-motion"]).await;
        let mut found = vec![];
        let mut pages: Vec<_> = fs::read_dir(book.path("target/book"))
            .unwrap()
            .flatten()
            .filter_map(|entry| entry.file_name().into_string().ok())
            // Without a frame of their own: the list at the side alone, and the whole book, which prints itself.
            .filter(|name| {
                name.ends_with(".html") && !["toc.html", "print.html"].contains(&name.as_str())
            })
            .collect();
        pages.sort();
        for page in &pages {
            window
                .open(&format!("http://127.0.0.1:{port}/{page}"))
                .await;
            for violation in violations(&window, &axe).await {
                found.push(format!("{page}: {violation}"));
            }
        }
        // And with everything in use: a lab, a failed run, what can be unfolded, in a light and in a dark theme.
        for theme in ["light", "rust", "coal", "navy", "ayu"] {
            window.open(&chapter(port)).await;
            window
                .js(&format!("localStorage.setItem('mdbook-theme', '{theme}')"))
                .await;
            window.open(&chapter(port)).await;
            window.sees("ws-lab", "the chapter’s own").await;
            for verdict in [LEAVES_AT_CLOSE, PASSING] {
                book.judge(verdict);
                window
                    .sees(
                        ".wsr",
                        if verdict == PASSING {
                            "all of them pass"
                        } else {
                            "failing"
                        },
                    )
                    .await;
                window.click("ws-lab", "Connect").await;
                hears(&window, "alice ← 101").await;
                window.js("document.querySelectorAll('ws-run details, ws-lab details').forEach((d) => (d.open = true))").await;
                for violation in violations(&window, &axe).await {
                    found.push(format!("in use, {theme}, {verdict}: {violation}"));
                }
                window
                    .js("document.querySelector('ws-run').scrollIntoView({ behavior: 'instant' })")
                    .await;
                window.picture(&format!("{theme}-{verdict}")).await;
                window.click("ws-lab", "Begin anew").await;
            }
            window
                .js("document.querySelector('ws-lab').scrollIntoView({ behavior: 'instant' })")
                .await;
            window.click("ws-lab", "Connect").await;
            hears(&window, "alice ← 101").await;
            window.picture(&format!("{theme}-lab")).await;
            for (page, row, label) in LABS_WITH_ROWS {
                use_lab(&window, port, (page, row, label)).await;
                for violation in violations(&window, &axe).await {
                    found.push(format!("{page}, in use, {theme}: {violation}"));
                }
                window.picture(&format!("{theme}-{page}")).await;
            }
        }
        assert!(found.is_empty(), "{}", found.join("\n"));
        window.close().await;
    });
}
