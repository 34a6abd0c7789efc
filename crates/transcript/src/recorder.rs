//! The recorder: it keeps the clock, puts what happens in order, and writes the transcript.

use std::{
    backtrace::Backtrace,
    cell::RefCell,
    panic,
    path::Path,
    sync::{Arc, Mutex, MutexGuard, Once, Weak},
    time::Duration,
};

use serde::{Deserialize, Serialize};
use tokio::time::{Instant, sleep, sleep_until};

use crate::{
    client::Client,
    event::*,
    frame::Frame,
    memory::{self, MemoryListener},
    notation::{Transcript, is_name},
    server::{Endpoint, Server},
};

/// Under virtual time this much of it is spent to find out that nobody has anything left to do.
const INSTANT: Duration = Duration::from_millis(1);
/// How long a request may take to be answered under virtual time, and its answer still belong to it: a store that is asked has latency.
const LATENCY: Duration = Duration::from_millis(50);
/// In real time a server that has been quiet for this long has said what it had to say.
const QUIET: Duration = Duration::from_millis(100);
/// Whether it is quiet is looked at this often. A look that comes late hardly counts: when the machine is too busy to look in time, the
/// server has not had its time either.
const LOOK: Duration = Duration::from_millis(5);
/// The most that one `advance` takes out of itself for what was done before it, where the server's clock runs faster.
const CAUGHT_UP: Duration = Duration::from_secs(1);
/// The longest that an answer, or a server which never becomes quiet, is waited for.
const RESTLESS: Duration = Duration::from_secs(5);

/// Runs a future to its end under virtual time: it passes only when every task is idle.
///
/// # Panics
///
/// When it is called from inside a runtime.
pub fn virtual_time<T>(future: impl Future<Output = T>) -> T {
    let mut builder = tokio::runtime::Builder::new_current_thread();
    let runtime = builder.enable_all().start_paused(true).build();
    runtime
        .expect("a runtime of one thread can be built")
        .block_on(future)
}

/// Runs a future to its end in real time.
///
/// # Panics
///
/// When it is called from inside a runtime.
pub fn real_time<T>(future: impl Future<Output = T>) -> T {
    let mut builder = tokio::runtime::Builder::new_current_thread();
    let runtime = builder.enable_all().build();
    runtime
        .expect("a runtime of one thread can be built")
        .block_on(future)
}

/// Records one conversation.
///
/// Every action of a client, and [`advance`](Self::advance), returns when the server has nothing more to say, so a script reads as the
/// conversation does. Nothing in it can fail: whatever happens is a line of the transcript.
///
/// ```
/// use tokio::io::{AsyncReadExt, AsyncWriteExt};
/// use transcript::{Recorder, virtual_time};
///
/// let recording = virtual_time(async {
///     let (recorder, mut listener) = Recorder::in_memory();
///     tokio::spawn(async move {
///         let mut stream = listener.accept().await.unwrap();
///         let _ = stream.read(&mut [0; 1024]).await;
///         let _ = stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nhi").await;
///     });
///     let alice = recorder.client("alice");
///     alice.get("/greeting").await;
///     recorder.finish().await
/// });
/// assert_eq!(
///     recording.transcript.to_string(),
///     "alice → GET /greeting\nalice ← 200 ok body \"hi\"\n"
/// );
/// ```
#[derive(Debug)]
pub struct Recorder {
    shared: Arc<Shared>,
    clients: Mutex<Vec<Client>>,
}

/// What a conversation came to.
#[derive(Debug, Clone)]
pub struct Recording {
    /// What was said.
    pub transcript: Transcript,
    /// The frames that carried it: the index of a line, and a frame on it.
    pub frames: Vec<(usize, Frame)>,
    /// Where the server panicked.
    pub panics: Vec<Panic>,
}

/// A panic in a task of the server.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Panic {
    /// What it said.
    pub message: String,
    /// The source file.
    pub file: String,
    /// The line in it.
    pub line: u32,
    /// The program's own lines that led there, the innermost first: those whose file is named by a relative path,
    /// as cargo does for the packages of a workspace. Only looked up when the panic itself is elsewhere.
    pub frames: Vec<(String, u32)>,
}

/// Looks at a recording from another thread while it goes on, or hangs.
#[derive(Debug, Clone)]
pub struct Progress {
    shared: Arc<Shared>,
}

impl Progress {
    /// A remark of the server's.
    pub fn remark(&self, text: &str) {
        let event = Event::Remark(Remark {
            text: one_line(text),
        });
        self.shared.note(SERVER_INDEX, Cause::Wire, event, vec![]);
    }

    /// From here on a panic on this thread is a line of the recording: for a server that runs on a thread of its own.
    pub fn catch_panics(&self) {
        catch_panics(&self.shared);
    }

    /// The recording up to now.
    pub fn so_far(&self) -> Recording {
        self.shared.lock().recording()
    }
}

/// How time passes.
#[derive(Debug, Clone, Copy)]
enum Clock {
    Virtual,
    Real {
        quiet: Duration,
        patience: Duration,
        /// How many times as fast as the story it passes.
        pace: u32,
    },
}

impl Clock {
    const REAL: Self = Clock::Real {
        quiet: QUIET,
        patience: RESTLESS,
        pace: 1,
    };

    fn pace(self) -> u32 {
        match self {
            Clock::Virtual => 1,
            Clock::Real { pace, .. } => pace,
        }
    }
}

/// What the recorder and its clients share.
#[derive(Debug)]
pub(crate) struct Shared(Mutex<State>);

#[derive(Debug)]
pub(crate) struct State {
    clock: Clock,
    hide_close_reasons: bool,
    normalize_json: bool,
    hide_comments: bool,
    /// How many responses are still to come.
    pub(crate) awaited: usize,
    /// How many were when the action began that is under way.
    unanswered: usize,
    entries: Vec<Noted>,
    names: Vec<String>,
    endpoints: Vec<Endpoint>,
    panics: Vec<Panic>,
    placeholders: Vec<(String, String)>,
    /// Actions so far: everything up to the next one was caused by this one.
    step: u64,
    /// Several actions count as one.
    held: bool,
    /// Time as the script sees it.
    time: Duration,
    /// When the story began: at the first action, or so much later as it has stood still.
    begun: Option<Instant>,
    /// Since when it passes.
    advancing: Option<(Instant, Duration)>,
    last: Option<Instant>,
}

/// An entry with all that decides its place.
#[derive(Debug)]
struct Noted {
    step: u64,
    tenths: u64,
    cause: Cause,
    client: usize,
    event: Event,
    frames: Vec<Frame>,
}

/// Whether the script did it or saw it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Cause {
    Script,
    Wire,
}

/// The index under which the server's remarks are noted: behind all clients.
const SERVER_INDEX: usize = usize::MAX;

impl Recorder {
    /// For a server in this process. Belongs into [`virtual_time`].
    pub fn in_memory() -> (Self, MemoryListener) {
        let recorder = Self::in_virtual_time();
        let listener = recorder.listen();
        (recorder, listener)
    }

    /// For a server behind a port, in real time.
    pub fn over_tcp(server: Server) -> Self {
        let recorder = Self::new(Clock::Real {
            quiet: QUIET,
            patience: RESTLESS,
            pace: server.pace(),
        });
        recorder.shared.lock().endpoints.push(Endpoint::Tcp(server));
        recorder
    }

    /// The same with no server yet: [`listen`](Self::listen) adds them.
    pub fn in_virtual_time() -> Self {
        Self::new(Clock::Virtual)
    }

    /// For servers in this process that have to do with something outside of it, such as a broker: real time, and no server yet.
    pub fn in_real_time() -> Self {
        Self::new(Clock::REAL)
    }

    fn new(clock: Clock) -> Self {
        let shared = Arc::new(Shared(Mutex::new(State {
            clock,
            hide_close_reasons: false,
            normalize_json: false,
            hide_comments: false,
            awaited: 0,
            unanswered: 0,
            entries: vec![],
            names: vec![],
            endpoints: vec![],
            panics: vec![],
            placeholders: vec![],
            step: 0,
            held: false,
            time: Duration::ZERO,
            begun: None,
            advancing: None,
            last: None,
        })));
        catch_panics(&shared);
        Recorder {
            shared,
            clients: Mutex::default(),
        }
    }

    /// In real time: how long a server is to be quiet before it counts as having said all. 100 ms by default.
    ///
    /// Hands out what it was until now, or nothing under virtual time.
    pub fn set_quiet(&self, duration: Duration) -> Option<Duration> {
        let mut state = self.shared.lock();
        match &mut state.clock {
            Clock::Real { quiet, .. } => Some(std::mem::replace(quiet, duration)),
            Clock::Virtual => None,
        }
    }

    /// In real time: the longest that an answer, or quiet, is waited for. 5 s by default.
    pub fn set_patience(&self, duration: Duration) {
        let mut state = self.shared.lock();
        if let Clock::Real { patience, .. } = &mut state.clock {
            *patience = duration;
        }
    }

    /// Goes on in real time, for a conversation that will have to do with something outside of this process.
    ///
    /// # Panics
    ///
    /// When this is not virtual time.
    pub fn leave_virtual_time(&self) {
        tokio::time::resume();
        self.shared.lock().clock = Clock::REAL;
    }

    /// Leaves out the reasons of the Closes that clients receive, where a protocol gives no meaning to them.
    pub fn hide_close_reasons(&self) {
        self.shared.lock().hide_close_reasons = true;
    }

    /// Shows JSON that clients receive with its keys in alphabetical order and without white space, since neither carries a meaning.
    pub fn normalize_json(&self) {
        self.shared.lock().normalize_json = true;
    }

    /// A further server in this process. Clients reach it with [`client_of`](Self::client_of), by the order of these calls.
    pub fn listen(&self) -> MemoryListener {
        let (dialer, listener) = memory::network();
        self.shared.lock().endpoints.push(Endpoint::Memory(dialer));
        listener
    }

    /// A further server behind a port.
    pub fn dial(&self, server: Server) {
        self.shared.lock().endpoints.push(Endpoint::Tcp(server));
    }

    /// Introduces a client of the first server.
    ///
    /// # Panics
    ///
    /// When the name is not one: lower-case letters, digits, `-` and `_`, a letter first, not `server`.
    pub fn client(&self, name: &str) -> Client {
        self.client_of(name, 0)
    }

    /// Introduces a client of another server: 0 is the first.
    ///
    /// # Panics
    ///
    /// When the name is not one, or there is no such server.
    pub fn client_of(&self, name: &str, server: usize) -> Client {
        assert!(
            is_name(name) && name != SERVER,
            "'{name}' is not a name for a client"
        );
        let mut state = self.shared.lock();
        let endpoint = state.endpoints.get(server).cloned();
        let endpoint = endpoint.unwrap_or_else(|| panic!("there is no server {server}"));
        let index = match state.names.iter().position(|known| known == name) {
            Some(index) => index,
            None => {
                state.names.push(name.into());
                state.names.len() - 1
            }
        };
        let client = Client::new(Arc::clone(&self.shared), index, endpoint);
        self.clients().push(client.clone());
        client
    }

    fn clients(&self) -> MutexGuard<'_, Vec<Client>> {
        self.clients
            .lock()
            .unwrap_or_else(|poisoned| poisoned.into_inner())
    }

    /// Lets time pass: virtual time at once, real time in its own time.
    pub async fn advance(&self, duration: Duration) {
        let shared = &self.shared;
        shared.begin();
        let end = {
            let mut state = shared.lock();
            let pace = state.clock.pace();
            let now = Instant::now();
            let since = match state.begun {
                // What the actions took is taken out again, unless it was so much that the story has stood still meanwhile.
                Some(begun) if pace > 1 => (begun + state.time / pace).max(now - CAUGHT_UP),
                _ => now,
            };
            state.begun = Some(since - state.time / pace);
            state.advancing = Some((since, duration));
            since + duration / pace
        };
        sleep_until(end).await;
        {
            let mut state = shared.lock();
            state.advancing = None;
            state.time += duration;
        }
        shared.settle().await;
    }

    /// The machine stands still for so long: nothing runs meanwhile, and afterwards every timer is late, as after a pause of a virtual machine,
    /// or a task that kept its thread. Virtual time knows how to do that; in real time it is an [`advance`](Self::advance).
    pub async fn stall(&self, duration: Duration) {
        let text = format!("stands still for {} s", duration.as_secs_f64());
        self.server_remark(&text).await;
        let clock = self.shared.lock().clock;
        if let Clock::Real { .. } = clock {
            return self.advance(duration).await;
        }
        self.shared.lock().time += duration;
        tokio::time::advance(duration).await;
        self.shared.settle().await;
    }

    /// Waits until the server has nothing more to say. Every action does that by itself.
    pub async fn settle(&self) {
        self.shared.settle().await;
    }

    /// Runs several actions without waiting between them: their lines come first, then all that they caused.
    pub async fn at_once(&self, actions: impl AsyncFnOnce()) {
        self.shared.begin();
        self.shared.lock().held = true;
        actions().await;
        self.shared.lock().held = false;
        self.shared.settle().await;
    }

    /// Writes `‹name›` wherever this value would stand, from here on and in what is already recorded; in a payload that is too long to
    /// be shown whole, where it is all of it.
    pub fn placeholder(&self, name: &str, value: &str) {
        if !value.is_empty() {
            let mut state = self.shared.lock();
            state.placeholders.push((value.into(), format!("‹{name}›")));
        }
    }

    /// Leaves out the texts of comments in event streams, which mean nothing.
    pub fn hide_comments(&self) {
        self.shared.lock().hide_comments = true;
    }

    /// Something that is done to the server: an action of the script.
    pub async fn server_remark(&self, text: &str) {
        self.shared.begin();
        let event = Event::Remark(Remark {
            text: one_line(text),
        });
        self.shared.note(SERVER_INDEX, Cause::Script, event, vec![]);
    }

    /// A remark of the server's, such as a line of its log.
    pub fn remark(&self, text: &str) {
        let event = Event::Remark(Remark {
            text: one_line(text),
        });
        self.shared
            .lock()
            .note(SERVER_INDEX, Cause::Wire, event, vec![]);
    }

    /// A way to look at the recording from another thread.
    pub fn progress(&self) -> Progress {
        Progress {
            shared: Arc::clone(&self.shared),
        }
    }

    /// Hands out what was recorded, then ends the connections that are still open.
    ///
    /// What the server makes of that end is not part of the recording: a script that wants to see it has its clients leave.
    pub async fn finish(self) -> Recording {
        self.shared.begin();
        let clients = std::mem::take(&mut *self.clients());
        for client in &clients {
            client.say_what_is_left();
        }
        self.shared.settle().await;
        let recording = self.shared.lock().recording();
        drop(clients);
        let real = matches!(self.shared.lock().clock, Clock::Real { .. });
        if real {
            // A server that goes on living gets a moment to notice.
            sleep(Duration::from_millis(20)).await;
        }
        recording
    }
}

impl Shared {
    pub(crate) fn lock(&self) -> MutexGuard<'_, State> {
        self.0
            .lock()
            .unwrap_or_else(|poisoned| poisoned.into_inner())
    }

    /// A new action begins.
    pub(crate) fn begin(&self) {
        let mut state = self.lock();
        if !state.held {
            state.step += 1;
            state.unanswered = state.awaited;
        }
        let now = Instant::now();
        state.begun.get_or_insert(now);
        state.last = Some(now);
    }

    /// The action is done: waits for all that it causes.
    pub(crate) async fn settle(&self) {
        let (held, clock) = {
            let state = self.lock();
            (state.held, state.clock)
        };
        if held {
            return;
        }
        let Clock::Real {
            quiet, patience, ..
        } = clock
        else {
            // The clock moves only when every task of this runtime waits for something.
            let begin = Instant::now();
            loop {
                sleep(INSTANT).await;
                let answered = {
                    let state = self.lock();
                    state.awaited <= state.unanswered
                };
                if answered || begin.elapsed() >= LATENCY {
                    return;
                }
            }
        };
        let begin = Instant::now();
        let (mut heard, mut calm) = (None, Duration::ZERO);
        loop {
            let (last, awaited) = {
                let state = self.lock();
                (state.last, state.awaited > 0)
            };
            if last != heard {
                (heard, calm) = (last, Duration::ZERO);
            }
            // An HTTP request is always answered, so the answer is worth more patience.
            if (calm >= quiet && !awaited) || begin.elapsed() >= patience {
                return;
            }
            let look = Instant::now();
            sleep(LOOK).await;
            let took = look.elapsed();
            calm += if took <= 2 * LOOK { took } else { LOOK / 5 };
        }
    }

    /// Something happened that is not a line.
    pub(crate) fn touch(&self) {
        self.lock().last = Some(Instant::now());
    }

    pub(crate) fn name(&self, client: usize) -> String {
        let state = self.lock();
        state
            .names
            .get(client)
            .map_or(SERVER, String::as_str)
            .into()
    }

    pub(crate) fn note(&self, client: usize, cause: Cause, event: Event, frames: Vec<Frame>) {
        self.lock().note(client, cause, event, frames);
    }
}

impl State {
    fn note(&mut self, client: usize, cause: Cause, mut event: Event, frames: Vec<Frame>) {
        if let Event::Received(received) = &mut event {
            received.normalize(self.hide_close_reasons, self.normalize_json);
            if let (Received::Sse(Sse::Comment { text }), true) = (received, self.hide_comments) {
                text.clear();
            }
        }
        self.last = Some(Instant::now());
        let noted = Noted {
            step: self.step,
            tenths: self.tenths(),
            cause,
            client,
            event,
            frames,
        };
        self.entries.push(noted);
    }

    fn tenths(&self) -> u64 {
        let Some((since, whole)) = self.advancing else {
            return round(self.time, 100);
        };
        let passed = since.elapsed() * self.clock.pace();
        let time = self.time + passed.min(whole);
        match self.clock {
            Clock::Virtual => round(time, 100),
            Clock::Real { pace: 1, .. } => round(time, 1000),
            // What delays a moment delays it several times as much in the story.
            Clock::Real { .. } => round(time, 5000),
        }
    }

    fn recording(&self) -> Recording {
        let mut noted: Vec<_> = self.entries.iter().collect();
        // The sort is stable: what one client saw keeps its order, and so does what the script did.
        noted.sort_by_key(|noted| {
            let client = match noted.cause {
                Cause::Script => 0,
                Cause::Wire => noted.client,
            };
            (noted.step, noted.tenths, noted.cause, client)
        });
        let (mut lines, mut frames, mut time) = (vec![], vec![], 0);
        for noted in noted {
            if noted.tenths > time {
                let tenths = noted.tenths - time;
                lines.push(Line::Gap(Gap { tenths }));
                time = noted.tenths;
            }
            frames.extend(
                noted
                    .frames
                    .iter()
                    .map(|frame| (lines.len(), frame.clone())),
            );
            let name = self.names.get(noted.client).map_or(SERVER, String::as_str);
            lines.push(Line::Event(Entry {
                name: name.into(),
                event: self.with_placeholders(noted.event.clone()),
            }));
        }
        Recording {
            transcript: Transcript { lines },
            frames,
            panics: self.panics.clone(),
        }
    }

    fn with_placeholders(&self, mut event: Event) -> Event {
        if !self.placeholders.is_empty() {
            if let Some(payload) = event.payload() {
                for (value, name) in &self.placeholders {
                    payload.rename(value, name);
                }
            }
            event.each_text(&mut |text| {
                for (value, name) in &self.placeholders {
                    if text.contains(value.as_str()) {
                        *text = text.replace(value.as_str(), name);
                    }
                }
            });
        }
        event
    }
}

/// Tenths of a second, rounded to the next multiple of `millis`, which are a multiple of 100.
fn round(time: Duration, millis: u128) -> u64 {
    let whole = (time.as_millis() + millis / 2) / millis;
    (whole * millis / 100) as u64
}

/// A text without line breaks.
pub(crate) fn one_line(text: &str) -> String {
    let lines: Vec<_> = text
        .lines()
        .map(str::trim)
        .filter(|line| !line.is_empty())
        .collect();
    match lines.is_empty() {
        true => "(nothing)".into(),
        false => lines.join(" / "),
    }
}

/// The lines of a backtrace that are in the program's own sources.
fn own_frames(backtrace: &Backtrace) -> Vec<(String, u32)> {
    // `Backtrace` has no stable way to walk it, so its text is read: "at ./src/lib.rs:41:9".
    let text = backtrace.to_string();
    let at = text
        .lines()
        .filter_map(|line| line.trim().strip_prefix("at ./"));
    at.filter_map(|at| {
        let mut parts = at.rsplitn(3, ':');
        let (_column, line, file) = (parts.next()?, parts.next()?, parts.next()?);
        Some((file.to_owned(), line.parse().ok()?))
    })
    .collect()
}

thread_local! {
    /// The recording that the tasks of this thread belong to.
    static RECORDING: RefCell<Weak<Shared>> = const { RefCell::new(Weak::new()) };
}

/// From here on a panic on this thread is a line of the recording, and not printed.
fn catch_panics(shared: &Arc<Shared>) {
    static HOOK: Once = Once::new();
    HOOK.call_once(|| {
        let before = panic::take_hook();
        panic::set_hook(Box::new(move |info| {
            let shared = RECORDING.try_with(|recording| recording.borrow().upgrade());
            match shared.ok().flatten() {
                Some(shared) => shared.panicked(info),
                None => before(info),
            }
        }));
    });
    RECORDING.with(|recording| recording.replace(Arc::downgrade(shared)));
}

impl Shared {
    fn panicked(&self, info: &panic::PanicHookInfo<'_>) {
        let payload = info.payload();
        let text = payload.downcast_ref::<&str>().copied();
        let text = text.or_else(|| payload.downcast_ref::<String>().map(String::as_str));
        let message = text.unwrap_or("with something that is no text");
        let file = info.location().map(|at| at.file()).unwrap_or_default();
        let elsewhere = Path::new(file).is_absolute();
        let panic = Panic {
            message: message.into(),
            file: file.into(),
            line: info.location().map_or(0, |at| at.line()),
            frames: if elsewhere {
                own_frames(&Backtrace::force_capture())
            } else {
                vec![]
            },
        };
        let text = format!("panicked: {}", one_line(message));
        let mut state = self.lock();
        state.panics.push(panic);
        state.note(
            SERVER_INDEX,
            Cause::Wire,
            Event::Broke(Remark { text }),
            vec![],
        );
    }
}
