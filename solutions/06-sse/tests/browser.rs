//! What a real browser makes of an event stream: what it does by itself, what it never does, and what its page gets to see.
//!
//! Needs Chromium, and no driver for it: a page reports to the test. Where there is none, a laptop says so and CI fails.

use std::{
    env,
    fs::Metadata,
    io,
    net::SocketAddr,
    process::Stdio,
    sync::{Arc, Mutex},
    time::{Duration, Instant},
};

use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt, copy_bidirectional},
    net::{TcpListener, TcpStream},
    process::{Child, Command},
    sync::{Notify, mpsc, oneshot},
    task::JoinHandle,
    time::{sleep, timeout},
};

/// Longer than Chromium waits by itself before it comes back, which is 3 s.
const LONG: Duration = Duration::from_secs(5);
/// A busy machine gets the time that it takes.
const PATIENCE: Duration = Duration::from_secs(60);

#[tokio::test]
async fn it_comes_back_by_itself_and_misses_nothing() {
    let Some(browser) = Browser::find() else {
        return;
    };
    let first = Feed::start().await;
    let mut front = Front::start(first.address).await;
    let _page = browser.open(
        &front,
        r#"
        const feed = new EventSource("/events");
        feed.onopen = () => report({ open: true });
        feed.onmessage = (event) => report({ id: event.lastEventId, data: event.data });
        feed.addEventListener("price", (event) => report({ price: event.data, id: event.lastEventId }));
        feed.addEventListener("reset", (event) => report({ reset: event.data, id: event.lastEventId }));
        feed.onerror = () => report({ away: feed.readyState });
        "#,
    );
    front.hears(json!({ "open": true })).await;
    first.publish("", "one\r\ntwo").await;
    first.publish("?event=price", "41").await;
    front.hears(json!({ "id": "1", "data": "one\ntwo" })).await;
    front.hears(json!({ "id": "2", "price": "41" })).await;

    // The network ends it. The page hears of that, and need not do anything: 0 is CONNECTING.
    let cut = Instant::now();
    front.cut();
    front.hears(json!({ "away": 0 })).await;
    first.publish("", "meanwhile").await;
    front.hears(json!({ "open": true })).await;
    let away = cut.elapsed();
    assert!(
        away > Duration::from_millis(1900),
        "retry was 2 s, and it was away for {away:?}"
    );
    front.hears(json!({ "id": "3", "data": "meanwhile" })).await;
    assert_eq!(front.last("/events", "last-event-id").as_deref(), Some("2"));

    // The server is told to go, and goes, in spite of the stream.
    first.stop().await;
    front.hears(json!({ "away": 0 })).await;
    let second = Feed::start().await;
    second.publish("", "of another life").await;
    front.points_to(second.address);
    // While nobody was there it may have come in vain, and more than once.
    let next = front.hears_next_but(&[json!({ "away": 0 })]).await;
    assert_eq!(next, json!({ "open": true }));
    // A reset has no id of its own: the page still has the one that it saw.
    front.hears(json!({ "reset": "1", "id": "3" })).await;
    front
        .hears(json!({ "id": "1", "data": "of another life" }))
        .await;
    assert_eq!(front.last("/events", "last-event-id").as_deref(), Some("3"));
}

#[tokio::test]
async fn it_never_comes_back_after_a_refusal() {
    let Some(browser) = Browser::find() else {
        return;
    };
    let feed = Feed::start().await;
    let mut front = Front::start(feed.address).await;
    let final_ones = [
        ("/204", "HTTP/1.1 204 No Content\r\n\r\n"),
        ("/404", "HTTP/1.1 404 Not Found\r\n\r\n"),
        ("/500", "HTTP/1.1 500 Internal Server Error\r\n\r\n"),
        (
            "/503",
            "HTTP/1.1 503 Service Unavailable\r\nretry-after: 1\r\n\r\n",
        ),
        (
            "/plain",
            "HTTP/1.1 200 OK\r\ncontent-type: text/plain\r\n\r\ndata: x\n\n",
        ),
    ];
    for (path, response) in final_ones {
        front.answers(path, response, false);
    }
    // The proof that the test waits long enough: this one only ends.
    front.answers("/ends", &format!("{STREAM}data: x\n\n"), false);
    let _page = browser.open(
        &front,
        r#"
        for (const path of ["/204", "/404", "/500", "/503", "/plain", "/ends"]) {
            const feed = new EventSource(path);
            feed.onerror = () => report({ path, state: feed.readyState });
        }
        "#,
    );
    let mut states = vec![];
    while states.len() < 6 {
        states.push(front.hears_next_but(&[]).await);
    }
    for (path, _) in final_ones {
        // 2 is CLOSED.
        assert!(
            states.contains(&json!({ "path": path, "state": 2 })),
            "{path}: {states:?}"
        );
    }
    assert!(
        states.contains(&json!({ "path": "/ends", "state": 0 })),
        "{states:?}"
    );
    sleep(LONG).await;
    for (path, _) in final_ones {
        assert_eq!(front.asked(path).len(), 1, "{path}");
    }
    let ends = front.asked("/ends");
    assert!(ends.len() > 1, "/ends was not asked for again");
    // Nobody said `retry`.
    let by_itself = ends[1] - ends[0];
    assert!(by_itself > Duration::from_millis(2900), "{by_itself:?}");
}

#[tokio::test]
async fn it_sets_no_headers_and_a_fetch_does() {
    let Some(browser) = Browser::find() else {
        return;
    };
    let feed = Feed::start().await;
    let mut front = Front::start(feed.address).await;
    let _page = browser.open(
        &front,
        r#"
        document.cookie = "session=alice";
        const headers = { authorization: "Bearer abc" };
        const feed = new EventSource("/events?by=eventsource", { headers });
        feed.onopen = async () => {
            const response = await fetch("/events?by=fetch", { headers });
            const { value } = await response.body.getReader().read();
            report({ fetched: new TextDecoder().decode(value) });
        };
        "#,
    );
    front.hears(json!({ "fetched": "retry: 2000\n\n" })).await;
    let of = |by: &str, header: &str| front.last(&format!("/events?by={by}"), header);
    assert_eq!(of("eventsource", "authorization"), None);
    assert_eq!(of("fetch", "authorization").as_deref(), Some("Bearer abc"));
    // Cookies it sends, as everything does that goes to where the page came from.
    assert_eq!(
        of("eventsource", "cookie").as_deref(),
        Some("session=alice")
    );
    assert_eq!(
        of("eventsource", "accept").as_deref(),
        Some("text/event-stream")
    );
}

#[tokio::test]
async fn an_event_without_data_is_none_and_an_empty_one_is() {
    let Some(browser) = Browser::find() else {
        return;
    };
    let feed = Feed::start().await;
    let mut front = Front::start(feed.address).await;
    let stream = "id: 1\ndata: one\ndata: two\n\n\
        id: 2\n\n\
        event: done\n\n\
        data:\n\n\
        data: one\rdata: \ndata: two\n\n\
        data:  blank\n\n\
        : data: a comment\n\n\
        event: done\ndata: done\n\n";
    front.answers("/stream", &format!("{STREAM}{stream}"), true);
    let _page = browser.open(
        &front,
        r#"
        const feed = new EventSource("/stream");
        feed.onmessage = (event) => report([event.lastEventId, event.data]);
        feed.addEventListener("done", (event) => report(["done", event.data]));
        "#,
    );
    front.hears(json!(["1", "one\ntwo"])).await;
    // Neither the event with nothing but an id nor the `done` without data was dispatched; the id was taken all the same.
    front.hears(json!(["2", ""])).await;
    // What `Event::data("one\r\ntwo")` of axum 0.8.9 writes.
    front.hears(json!(["2", "one\n\ntwo"])).await;
    front.hears(json!(["2", " blank"])).await;
    front.hears(json!(["done", "done"])).await;
}

#[tokio::test]
async fn of_seven_streams_over_http_1_one_waits_and_no_websocket_does() {
    let Some(browser) = Browser::find() else {
        return;
    };
    let feed = Feed::start().await;
    let mut front = Front::start(feed.address).await;
    let _page = browser.open(
        &front,
        r#"
        const streams = [];
        let open = 0;
        for (let n = 0; n < 7; n++) {
            const stream = new EventSource(`/events?n=${n}`);
            stream.onopen = () => report({ open: ++open });
            streams.push(stream);
        }
        let sockets = 0;
        const connect = () => {
            fetch("/producers");
            for (let n = 0; n < 20; n++) {
                new WebSocket(`ws://${location.host}/ws/events`).onopen = () => {
                    if (++sockets === 20) report({ sockets });
                    if (sockets === 20) setTimeout(() => streams[0].close(), 1000);
                };
            }
        };
        setTimeout(connect, 1000);
        "#,
    );
    for open in 1..=6 {
        front.hears(json!({ "open": open })).await;
    }
    // The seventh is silent, and so is an ordinary request to the same host. Twenty WebSockets are not.
    front.hears(json!({ "sockets": 20 })).await;
    // Only when one of the six has ended it is even asked for.
    front.hears(json!({ "open": 7 })).await;
    let asked = front.shared.asked.lock().unwrap().clone();
    let of = |path: &str| {
        let asked = asked.iter().enumerate();
        let of_it = asked.filter(|(_, (_, head))| head.starts_with(&format!("GET {path}")));
        of_it.map(|(at, _)| at).collect::<Vec<_>>()
    };
    let (streams, sockets) = (of("/events?n="), of("/ws/events"));
    assert_eq!((streams.len(), sockets.len()), (7, 20));
    assert!(
        streams[5] < sockets[0] && sockets[19] < streams[6],
        "{streams:?} {sockets:?}"
    );
    let request = of("/producers");
    assert!(
        request.iter().all(|at| sockets[19] < *at),
        "{request:?} {sockets:?}"
    );
}

#[tokio::test]
async fn a_completion_is_asked_for_again_unless_the_page_closes() {
    let Some(browser) = Browser::find() else {
        return;
    };
    let feed = Feed::start().await;
    let mut front = Front::start(feed.address).await;
    let _page = browser.open(
        &front,
        r#"
        for (const prompt of ["closes", "forgets"]) {
            const completion = new EventSource(`/complete?prompt=${prompt}`);
            let text = "";
            completion.onmessage = (event) => text += event.data;
            completion.addEventListener("done", () => {
                if (prompt === "closes") completion.close();
                report(text);
                text = "";
            });
        }
        "#,
    );
    let closes = json!("You asked about closes.");
    let forgets = json!("You asked about forgets.");
    // The second time is paid for as the first one was.
    let mut heard = vec![];
    for _ in 0..3 {
        heard.push(front.hears_next_but(&[]).await);
    }
    let count = |text| heard.iter().filter(|heard| *heard == text).count();
    assert_eq!((count(&closes), count(&forgets)), (1, 2), "{heard:?}");
    assert_eq!(front.asked("/complete?prompt=closes").len(), 1);
}

/// The head of an event stream that ends with its connection.
const STREAM: &str = "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n\r\n";

/// The solution, on a port.
struct Feed {
    address: SocketAddr,
    stop: oneshot::Sender<()>,
    served: JoinHandle<()>,
}

impl Feed {
    async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("it has an address");
        let (stop, stopped) = oneshot::channel::<()>();
        let shutdown = async {
            // Whoever drops a feed tells it nothing.
            if stopped.await.is_err() {
                std::future::pending().await
            }
        };
        let served = tokio::spawn(solution_06::serve(listener, shutdown));
        Feed {
            address,
            stop,
            served,
        }
    }

    async fn publish(&self, query: &str, data: &str) {
        let mut stream = TcpStream::connect(self.address).await.expect("it listens");
        let length = data.len();
        let request = format!(
            "POST /publish{query} HTTP/1.1\r\nhost: x\r\nconnection: close\r\ncontent-length: {length}\r\n\r\n{data}"
        );
        stream
            .write_all(request.as_bytes())
            .await
            .expect("it reads");
        let mut response = String::new();
        stream
            .read_to_string(&mut response)
            .await
            .expect("it answers");
        assert!(response.starts_with("HTTP/1.1 200"), "{response}");
    }

    async fn stop(self) {
        self.stop.send(()).expect("it is there");
        let ended = timeout(PATIENCE, self.served).await;
        ended.expect("it ends").expect("it does not panic");
    }
}

/// What stands between the browser and a feed: gives out the page, takes its reports, keeps what was asked, and can cut the line.
struct Front {
    shared: Arc<Shared>,
    address: SocketAddr,
    reports: mpsc::UnboundedReceiver<Value>,
}

struct Shared {
    page: Mutex<String>,
    feed: Mutex<SocketAddr>,
    /// Paths that are answered here, with these bytes, and whether the connection then stays open.
    answers: Mutex<Vec<(String, String, bool)>>,
    /// The heads of all requests.
    asked: Mutex<Vec<(Instant, String)>>,
    cut: Notify,
    report: mpsc::UnboundedSender<Value>,
}

impl Front {
    async fn start(feed: SocketAddr) -> Self {
        let (report, reports) = mpsc::unbounded_channel();
        let shared = Arc::new(Shared {
            page: Mutex::default(),
            feed: Mutex::new(feed),
            answers: Mutex::default(),
            asked: Mutex::default(),
            cut: Notify::new(),
            report,
        });
        let address = listen(&shared).await;
        // A port of their own, or they would wait for a connection when six streams have taken all.
        let for_reports = listen(&shared).await;
        *shared.page.lock().unwrap() = format!(
            r#"<!doctype html><title>a page</title><script>
            let said = Promise.resolve();
            const report = (what) => said = said.then(() =>
                fetch("http://{for_reports}/report", {{ method: "POST", mode: "no-cors", body: JSON.stringify(what) }}));
            "#
        );
        Front {
            shared,
            address,
            reports,
        }
    }

    fn answers(&self, path: &str, with: &str, stays: bool) {
        let answer = (path.to_owned(), with.to_owned(), stays);
        self.shared.answers.lock().unwrap().push(answer);
    }

    fn points_to(&self, feed: SocketAddr) {
        *self.shared.feed.lock().unwrap() = feed;
    }

    /// Ends all connections to the feed, as a network does.
    fn cut(&self) {
        self.shared.cut.notify_waiters();
    }

    /// Waits for the page's next report, which has to be this one.
    async fn hears(&mut self, expected: Value) {
        assert_eq!(self.hears_next_but(&[]).await, expected);
    }

    /// Waits for the page's next report that is none of these.
    async fn hears_next_but(&mut self, others: &[Value]) -> Value {
        loop {
            let report = timeout(PATIENCE, self.reports.recv()).await;
            let report = report.expect("the page reports something").unwrap();
            if !others.contains(&report) {
                return report;
            }
        }
    }

    /// When this was asked for.
    fn asked(&self, target: &str) -> Vec<Instant> {
        let asked = self.shared.asked.lock().unwrap();
        let request = format!("GET {target} ");
        let of_it = asked.iter().filter(|(_, head)| head.starts_with(&request));
        of_it.map(|(at, _)| *at).collect()
    }

    /// A header of the last request for this.
    fn last(&self, target: &str, header: &str) -> Option<String> {
        let asked = self.shared.asked.lock().unwrap();
        let request = format!("GET {target} ");
        let last = asked.iter().rfind(|(_, head)| head.starts_with(&request));
        let (_, head) = last.expect("it was asked for");
        head.lines().find_map(|line| {
            let (name, value) = line.split_once(':')?;
            (name.eq_ignore_ascii_case(header)).then(|| value.trim().to_owned())
        })
    }
}

async fn listen(shared: &Arc<Shared>) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("it has an address");
    let shared = Arc::clone(shared);
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let shared = Arc::clone(&shared);
            tokio::spawn(async move {
                // A browser that has gone is no failure.
                let _ = answer(stream, &shared).await;
            });
        }
    });
    address
}

/// One request, one connection.
async fn answer(mut stream: TcpStream, shared: &Shared) -> io::Result<()> {
    let mut bytes = vec![];
    let end = loop {
        if let Some(end) = bytes.windows(4).position(|four| four == b"\r\n\r\n") {
            break end + 4;
        }
        if stream.read_buf(&mut bytes).await? == 0 {
            return Ok(());
        }
    };
    let head = String::from_utf8_lossy(&bytes[..end]).into_owned();
    let target = head.split(' ').nth(1).unwrap_or_default().to_owned();
    let now = Instant::now();
    shared.asked.lock().unwrap().push((now, head.clone()));
    let answers = shared.answers.lock().unwrap().clone();
    if let Some((_, answer, stays)) = answers.iter().find(|(path, ..)| *path == target) {
        stream.write_all(answer.as_bytes()).await?;
        if *stays {
            std::future::pending::<()>().await;
        }
        return stream.shutdown().await;
    }
    match target.as_str() {
        "/" => {
            let page = shared.page.lock().unwrap().clone();
            let head = "HTTP/1.1 200 OK\r\ncontent-type: text/html\r\nconnection: close\r\n\r\n";
            stream.write_all(head.as_bytes()).await?;
            stream.write_all(page.as_bytes()).await?;
            stream.shutdown().await
        }
        "/favicon.ico" => {
            let response = "HTTP/1.1 404 Not Found\r\nconnection: close\r\n\r\n";
            stream.write_all(response.as_bytes()).await?;
            stream.shutdown().await
        }
        "/report" => {
            let length = head.lines().find_map(|line| {
                let (name, value) = line.split_once(':')?;
                let is_it = name.eq_ignore_ascii_case("content-length");
                is_it.then(|| value.trim().parse::<usize>().ok())?
            });
            while bytes.len() < end + length.unwrap_or_default() {
                stream.read_buf(&mut bytes).await?;
            }
            let report = serde_json::from_slice(&bytes[end..]).expect("a report is JSON");
            let _ = shared.report.send(report);
            let response = "HTTP/1.1 204 No Content\r\nconnection: close\r\n\r\n";
            stream.write_all(response.as_bytes()).await?;
            stream.shutdown().await
        }
        _ => {
            let feed = *shared.feed.lock().unwrap();
            let mut feed = TcpStream::connect(feed).await?;
            feed.write_all(&bytes).await?;
            tokio::select! {
                done = copy_bidirectional(&mut stream, &mut feed) => done.map(drop),
                () = shared.cut.notified() => Ok(()),
            }
        }
    }
}

/// A Chromium that was found.
struct Browser {
    program: &'static str,
}

/// A page in a browser of its own, which ends with it.
struct Page {
    _process: Child,
    _profile: TempDir,
}

impl Browser {
    /// `None` where there is none: said on a laptop, a failure in CI.
    fn find() -> Option<Self> {
        let names = [
            "chromium",
            "chromium-browser",
            "google-chrome",
            "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
        ];
        let answers = |program: &&str| {
            let mut command = std::process::Command::new(program);
            let command = command.arg("--version").stderr(Stdio::null());
            command.output().is_ok_and(|output| output.status.success())
        };
        let found = names.into_iter().find(answers);
        if found.is_none() {
            assert!(
                env::var_os("CI").is_none(),
                "there is no Chromium in PATH: CI needs the package chromium"
            );
            eprintln!(
                "NOT TESTED: there is no Chromium in PATH; with one this test shows what a browser makes of an event stream"
            );
        }
        found.map(|program| Browser { program })
    }

    fn open(&self, front: &Front, script: &str) -> Page {
        front
            .shared
            .page
            .lock()
            .unwrap()
            .push_str(&format!("{script}</script>"));
        let profile = tempfile::tempdir().expect("a folder for it");
        let mut command = Command::new(self.program);
        command.args([
            "--headless=new",
            "--disable-gpu",
            "--no-first-run",
            "--disable-background-networking",
            "--disable-component-update",
            "--disable-sync",
            "--disable-dev-shm-usage",
        ]);
        if is_root(&profile.path().metadata().expect("it is there")) {
            // Its sandbox refuses to work for root, as whom CI in a container runs.
            command.arg("--no-sandbox");
        }
        let mut data = std::ffi::OsString::from("--user-data-dir=");
        data.push(profile.path());
        let process = command
            .arg(data)
            .arg(format!("http://{}/", front.address))
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .kill_on_drop(true)
            .spawn();
        Page {
            _process: process.expect("it has answered before"),
            _profile: profile,
        }
    }
}

#[cfg(unix)]
fn is_root(made_by_us: &Metadata) -> bool {
    std::os::unix::fs::MetadataExt::uid(made_by_us) == 0
}

#[cfg(not(unix))]
fn is_root(_made_by_us: &Metadata) -> bool {
    false
}
