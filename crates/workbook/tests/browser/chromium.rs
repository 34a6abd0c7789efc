//! Chromium, by way of chromedriver: started for a test, ended with it.

use std::{
    env, fs,
    io::{BufRead, BufReader},
    process::{Child, Command, Stdio},
    sync::{Mutex, MutexGuard},
    time::{Duration, Instant},
};

use fantoccini::{
    Client, ClientBuilder,
    elements::Element,
    error::CmdError,
    key::Key,
    wd::{Capabilities, WebDriverCompatibleCommand},
};
use hyper_util::client::legacy::connect::HttpConnector;
use serde_json::{Value, json};
use url::{ParseError, Url};

/// One browser at a time: it is the machine's memory and its two cores that they would share.
static TURN: Mutex<()> = Mutex::new(());

/// A chromedriver of our own, on a port that it chose.
pub struct Chromium {
    driver: Child,
    port: u16,
    _turn: MutexGuard<'static, ()>,
}

impl Chromium {
    /// `None` where there is none: said on a laptop, a failure in CI.
    pub fn start() -> Option<Chromium> {
        let turn = TURN.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
        let started = Command::new("chromedriver")
            .arg("--port=0")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn();
        let mut driver = match started {
            Ok(driver) => driver,
            Err(error) => {
                assert!(
                    env::var_os("CI").is_none(),
                    "chromedriver could not be started ({error}): CI needs the packages chromium and chromium-driver"
                );
                eprintln!(
                    "NOT TESTED: chromedriver could not be started ({error}); with Chromium and its driver in PATH this test looks at the book in a browser"
                );
                return None;
            }
        };
        let out = BufReader::new(driver.stdout.take().unwrap());
        let port = out.lines().map_while(Result::ok).find_map(|line| {
            let (_, port) = line.split_once("successfully on port ")?;
            port.trim_end_matches('.').parse().ok()
        });
        let port = port.expect("chromedriver says on which port it listens");
        Some(Chromium {
            driver,
            port,
            _turn: turn,
        })
    }

    /// A window of its own, with nothing in it from an earlier one.
    pub async fn window(&self, more: &[&str]) -> Window {
        let mut arguments = vec![
            "--headless=new",
            "--disable-gpu",
            "--no-first-run",
            "--disable-background-networking",
            "--disable-component-update",
            "--disable-sync",
            "--window-size=1280,900",
        ];
        // Its sandbox refuses to work for root, as whom CI in a container runs.
        #[cfg(unix)]
        if rustix::process::geteuid().is_root() {
            arguments.extend(["--no-sandbox", "--disable-dev-shm-usage"]);
        }
        arguments.extend(more);
        let mut capabilities = Capabilities::new();
        capabilities.insert("goog:chromeOptions".into(), json!({ "args": arguments }));
        let client = ClientBuilder::new(HttpConnector::new())
            .capabilities(capabilities)
            .connect(&format!("http://127.0.0.1:{}", self.port))
            .await
            .expect("chromedriver opens a window");
        let window = Window(client);
        window
            .devtools(
                "Page.addScriptToEvaluateOnNewDocument",
                json!({ "source": COMPLAINTS }),
            )
            .await;
        window
    }
}

/// Keeps what goes wrong in a page where a test can ask for it.
const COMPLAINTS: &str = "window.complaints = [];
    addEventListener('error', (event) => complaints.push(event.message ?? `not loaded: ${event.target.src ?? event.target.href}`), true);
    addEventListener('unhandledrejection', (event) => complaints.push(String(event.reason)));";

/// A command of Chromium's own protocol, which WebDriver hands on.
#[derive(Debug)]
struct DevTools(&'static str, Value);

impl WebDriverCompatibleCommand for DevTools {
    fn endpoint(&self, base: &Url, session: Option<&str>) -> Result<Url, ParseError> {
        base.join(&format!(
            "session/{}/goog/cdp/execute",
            session.unwrap_or_default()
        ))
    }

    fn method_and_body(&self, _: &Url) -> (http::Method, Option<String>) {
        let body = json!({ "cmd": self.0, "params": self.1 });
        (http::Method::POST, Some(body.to_string()))
    }
}

impl Drop for Chromium {
    fn drop(&mut self) {
        // It ends its browsers when it is asked to, and leaves them when it is killed.
        #[cfg(unix)]
        let _ = rustix::process::kill_process(
            rustix::process::Pid::from_child(&self.driver),
            rustix::process::Signal::TERM,
        );
        let end = Instant::now() + Duration::from_secs(5);
        while Instant::now() < end && matches!(self.driver.try_wait(), Ok(None)) {
            std::thread::sleep(Duration::from_millis(20));
        }
        let _ = self.driver.kill();
        let _ = self.driver.wait();
    }
}

/// A window, and what the tests do in it.
pub struct Window(pub Client);

impl Window {
    pub async fn open(&self, url: &str) {
        self.0.goto(url).await.unwrap();
    }

    pub async fn devtools(&self, command: &'static str, parameters: Value) -> Value {
        let done = self.0.issue_cmd(DevTools(command, parameters)).await;
        done.unwrap_or_else(|error| panic!("{command}: {error}"))
    }

    pub async fn js(&self, script: &str) -> Value {
        self.0
            .execute(script, vec![])
            .await
            .unwrap_or_else(|e| panic!("{script}: {e}"))
    }

    /// Waits until this expression is true.
    pub async fn until(&self, expression: &str) {
        let end = Instant::now() + Duration::from_secs(20);
        while Instant::now() < end {
            // A page that is being loaded again has no answer.
            if self
                .0
                .execute(&format!("return Boolean({expression})"), vec![])
                .await
                .ok()
                == Some(Value::Bool(true))
            {
                return;
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        let text = self.js("return [...document.querySelectorAll('ws-run, ws-lab, .wsv-banner')].map((e) => e.innerText).join('\\n\\n')").await;
        panic!(
            "never: {expression}\n{}\n{:?}",
            text.as_str().unwrap_or_default(),
            self.complaints().await
        );
    }

    /// Waits until this text stands in the element.
    pub async fn sees(&self, selector: &str, text: &str) {
        let (selector, text) = (json!(selector), json!(text));
        self.until(&format!(
            "[...document.querySelectorAll({selector})].some((e) => (e.innerText + e.textContent).includes({text}))"
        ))
        .await;
    }

    /// Clicks a button by what stands on it.
    pub async fn click(&self, within: &str, label: &str) {
        let (within, label) = (json!(within), json!(label));
        let script = format!(
            "return [...document.querySelector({within}).querySelectorAll('button, label, summary')].find((e) => e.innerText.trim().startsWith({label}))"
        );
        let element = self.js(&script).await;
        let element: Element = Element::from_element_id(self.0.clone(), element_id(&element));
        self.js(&format!(
            "[...document.querySelector({within}).querySelectorAll('button, label, summary')].find((e) => e.innerText.trim().startsWith({label})).scrollIntoView({{ block: 'center', behavior: 'instant' }})"
        ))
        .await;
        // The menu of the page comes down on the way up, and goes away on the way down.
        let settled = "const done = arguments[0]; requestAnimationFrame(() => { scrollBy({ top: 2, behavior: 'instant' }); requestAnimationFrame(() => requestAnimationFrame(done)); })";
        self.0.execute_async(settled, vec![]).await.unwrap();
        element.click().await.unwrap();
    }

    /// Types on the keyboard, wherever the focus is.
    pub async fn keys(&self, text: &str) {
        self.0
            .active_element()
            .await
            .unwrap()
            .send_keys(text)
            .await
            .unwrap();
    }

    /// Presses Tab until something with this label has the focus.
    pub async fn tab_to(&self, label: &str) {
        for _ in 0..200 {
            self.keys(&Key::Tab.to_string()).await;
            let focused = self
                .js("const e = document.activeElement; return [e.innerText, e.value, e.getAttribute('aria-label'), e.labels?.[0]?.innerText].filter(Boolean).join('|')")
                .await;
            if focused
                .as_str()
                .unwrap_or_default()
                .split('|')
                .any(|said| said.trim().starts_with(label))
            {
                return;
            }
        }
        panic!("Tab never comes to '{label}'");
    }

    /// Keeps a picture, if somebody wants to look at it.
    pub async fn picture(&self, name: &str) {
        if let Some(folder) = env::var_os("PICTURES") {
            let png = self.0.screenshot().await.unwrap();
            fs::write(
                std::path::Path::new(&folder).join(format!("{name}.png")),
                png,
            )
            .unwrap();
        }
    }

    /// What the browser complained of, but for sockets of a server that was away.
    pub async fn complaints(&self) -> Vec<String> {
        let log = self
            .0
            .execute("return window.complaints ?? []", vec![])
            .await;
        let log: Result<Vec<String>, _> = log
            .map_err(|_: CmdError| ())
            .and_then(|log| serde_json::from_value(log).map_err(|_| ()));
        log.unwrap_or_default()
    }

    pub async fn close(self) {
        let _ = self.0.close().await;
    }
}

fn element_id(value: &Value) -> fantoccini::elements::ElementRef {
    let id = value
        .as_object()
        .and_then(|object| object.values().next())
        .and_then(Value::as_str);
    id.unwrap_or_else(|| panic!("no such element: {value}"))
        .to_owned()
        .into()
}
