//! What a page can see of a refusal: a real browser, the solution's binary, and a table of what the one says about the other.
//!
//! The table stands in `browser.md`, and in the book. `RECORD=1 cargo test -p solution-05 --test browser` writes it anew.

use std::{
    env, fs,
    io::{BufRead, BufReader},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::Duration,
};

use axum::{
    Router,
    extract::{Path as Segment, State},
    response::Html,
    routing::{get, post},
};
use solution_05::token::{Key, TEST_KEY};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    sync::mpsc,
    time::timeout,
};

/// What the page does, and what the server answers: what nobody but these two knows of each other.
const TRIALS: &[(&str, &str)] = &[
    ("query: a good token", "101, welcome"),
    ("query: a bad token", "401"),
    ("nobody listens on that port", "nothing"),
    ("first message: a good token", "101, welcome"),
    ("first message: a bad token", "101, Close 1008"),
    ("cookie, from an allowed page", "101, welcome"),
    ("cookie, from a page of another origin", "403"),
    ("ticket: the first time", "101, welcome"),
    ("ticket: the second time", "401"),
    (
        "subprotocol: a good token",
        "101 with `workbook.v1`, welcome",
    ),
    (
        "subprotocol: offered at a door that selects none",
        "101 without a protocol, welcome",
    ),
    (
        "query: a token that expires meanwhile",
        "101, welcome, Close 4001",
    ),
];

type Seen = Vec<(String, Vec<String>)>;

#[test]
fn a_page_sees_what_the_table_says() {
    let Some(chromium) = chromium() else {
        // On a laptop that is no reason to fail. In CI the browser is part of what is promised.
        assert!(
            env::var_os("CI").is_none(),
            "CI needs a Chromium: on PATH, or named in CHROMIUM"
        );
        eprintln!("skipped: no Chromium on PATH, and none named in CHROMIUM");
        return;
    };
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let seen = runtime.block_on(watch(&chromium));
    let mut table = String::from(
        "| what the page does | the server answers | the page sees |\n|---|---|---|\n",
    );
    for (does, answers) in TRIALS {
        let sees = seen.iter().find(|(trial, _)| trial == does);
        let sees = sees.unwrap_or_else(|| panic!("the page has not tried '{does}': {seen:?}"));
        table += &format!("| {does} | {answers} | {} |\n", sees.1.join("; "));
    }
    assert_eq!(seen.len(), TRIALS.len(), "{seen:?}");

    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/browser.md");
    if env::var_os("RECORD").is_some() {
        fs::write(&file, &table).unwrap();
    }
    let recorded = fs::read_to_string(&file).unwrap_or_default();
    assert_eq!(recorded.replace("\r\n", "\n"), table, "{}", file.display());
}

/// Has a browser visit a page of an allowed origin, and after it one of another.
async fn watch(chromium: &str) -> Seen {
    let listen = async || TcpListener::bind("127.0.0.1:0").await.unwrap();
    let (home, foreign) = (listen().await, listen().await);
    let port = |listener: &TcpListener| listener.local_addr().unwrap().port();
    let (at_home, abroad) = (port(&home), port(&foreign));
    // A port that was free a moment ago.
    let nobody = port(&listen().await);

    let server = Server::start(&format!("http://127.0.0.1:{at_home}"));
    let at = server.port;
    let (tell, mut told) = mpsc::channel(2);
    let page = Router::new()
        .route("/", get(async || Html(include_str!("browser.html"))))
        .route(
            "/made/{what}",
            get(async move |Segment(what): Segment<String>| made(&what, at).await),
        )
        .route("/seen", post(seen))
        .with_state(tell);
    for listener in [home, foreign] {
        tokio::spawn(axum::serve(listener, page.clone()).into_future());
    }

    let url = format!("http://127.0.0.1:{at_home}/?server={at}&nobody={nobody}&foreign={abroad}");
    let _browser = Browser::start(chromium, &url);
    let mut all = vec![];
    for _ in 0..2 {
        let some = timeout(Duration::from_secs(60), told.recv()).await;
        all.extend(some.expect("the page answers within a minute").unwrap());
    }
    all
}

async fn seen(State(tell): State<mpsc::Sender<Seen>>, body: String) {
    let seen = serde_json::from_str(&body).unwrap();
    tell.send(seen).await.unwrap();
}

/// What the page asks for: a token, or a ticket, which a page of another origin could not get by itself.
async fn made(what: &str, server: u16) -> String {
    let key = Key::new(TEST_KEY);
    let token = key.sign("alice", Duration::from_secs(600));
    match what {
        // Rounded down: two seconds.
        "short-token" => key.sign("alice", Duration::from_millis(2900)),
        "ticket" => {
            let mut stream = TcpStream::connect(("127.0.0.1", server)).await.unwrap();
            let request = format!(
                "POST /ticket HTTP/1.1\r\nhost: 127.0.0.1\r\nconnection: close\r\nauthorization: Bearer {token}\r\n\r\n"
            );
            stream.write_all(request.as_bytes()).await.unwrap();
            let mut response = String::new();
            stream.read_to_string(&mut response).await.unwrap();
            response.rsplit("\r\n").next().unwrap().to_owned()
        }
        _ => token,
    }
}

/// The name of a Chromium that can be started.
fn chromium() -> Option<String> {
    let named = env::var("CHROMIUM").ok();
    let names = ["chromium", "chromium-browser", "google-chrome"].map(String::from);
    named.into_iter().chain(names).find(|name| {
        let version = Command::new(name)
            .arg("--version")
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .status();
        version.is_ok_and(|status| status.success())
    })
}

/// A browser with a profile of its own, both gone with this.
struct Browser {
    process: Child,
    profile: PathBuf,
}

impl Browser {
    fn start(chromium: &str, url: &str) -> Self {
        let profile =
            Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("browser-{}", std::process::id()));
        let process = Command::new(chromium)
            .args([
                "--headless",
                // The user of a container is often root, for whom the sandbox does not start; and the page is ours.
                "--no-sandbox",
                "--disable-gpu",
                "--no-first-run",
                "--disable-background-networking",
                "--disable-component-update",
                "--disable-sync",
            ])
            .arg(format!("--user-data-dir={}", profile.display()))
            .arg(url)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn();
        Browser {
            process: process.unwrap(),
            profile,
        }
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
        let _ = fs::remove_dir_all(&self.profile);
    }
}

/// The solution's binary.
struct Server {
    process: Child,
    port: u16,
}

impl Server {
    fn start(origin: &str) -> Self {
        let process = Command::new(env!("CARGO_BIN_EXE_solution-05"))
            .args(["127.0.0.1:0", origin])
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn();
        let mut process = process.unwrap();
        let mut line = String::new();
        let output = process.stdout.take().unwrap();
        BufReader::new(output).read_line(&mut line).unwrap();
        let port = line.trim().rsplit(':').next().unwrap().parse();
        let port = port.unwrap_or_else(|_| panic!("it does not say where it listens: {line}"));
        Server { process, port }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
