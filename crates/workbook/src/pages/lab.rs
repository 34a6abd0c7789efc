//! Labs: a chapter's server and clients that a page tells what to do, recorded as they go.
//!
//! Each lab that is open has a thread and a runtime of its own. When its page goes, the runtime is dropped, and with it every task
//! that the server or a client has started: nothing of a lab outlives it, whatever the server in it does.

use std::{
    collections::{BTreeMap, BTreeSet},
    io,
    net::{Ipv4Addr, SocketAddr},
    pin::{Pin, pin},
    sync::Mutex,
    thread,
    time::Duration,
};

use axum::Router;
use serde::{Deserialize, Serialize};
use tokio::{
    sync::{Notify, mpsc, watch},
    time,
};
use transcript::{
    Client, Entry, Event, Frame, Http, Line, Message, Payload, Received, Recorder, Recording, Sent,
    Server,
};

use super::message::{Do, FromPage, Method};
use super::mount::{self, Hall, Mount, Outside};

/// A chapter's lab.
pub struct Lab {
    /// Its name: the chapter's number, and a word more where a chapter has several.
    pub name: &'static str,
    /// Where the learner's own servers listen.
    pub ports: &'static [u16],
    /// The reference: each of its servers, which runs until it is told to go.
    pub servers: &'static [Run],
}

/// Runs a server with whoever comes into the hall, until it is told to go.
pub type Run = fn(Hall, Stop) -> Pin<Box<dyn Future<Output = ()> + Send>>;

/// Is done when the server should go.
pub type Stop = Pin<Box<dyn Future<Output = ()> + Send>>;

/// Runs a server that knows of no end.
async fn serve(hall: Hall, app: Router) {
    let _ = axum::serve(hall, app).await;
}

/// All labs. A further one is an entry here, a dependency in Cargo.toml, and a `<ws-lab>` in the chapter: see book/labs/README.md.
pub const LABS: &[Lab] = &[
    Lab {
        name: "01",
        ports: &[3001],
        servers: &[|hall, _| Box::pin(serve(hall, solution_01::app()))],
    },
    Lab {
        name: "02",
        ports: &[3002],
        servers: &[|hall, _| Box::pin(serve(hall, solution_02::app()))],
    },
    Lab {
        name: "03",
        ports: &[3003],
        servers: &[|hall, _| Box::pin(serve(hall, solution_03::app()))],
    },
    Lab {
        name: "06",
        ports: &[3006],
        servers: &[|hall, stop| Box::pin(solution_06::serve(hall, stop))],
    },
];

impl Lab {
    /// The lab of this name.
    pub fn named(name: &str) -> Option<&'static Lab> {
        LABS.iter().find(|lab| lab.name == name)
    }

    /// The address of the learner's own server, the first of them if there are several.
    pub fn own(&self) -> String {
        format!("http://127.0.0.1:{}", self.ports[0])
    }

    /// What the server is, in words.
    pub fn reads(&self, target: Target) -> String {
        match target {
            Target::Reference => format!(
                "the reference of chapter {}, in a fresh instance",
                &self.name[..2]
            ),
            Target::Own => {
                let ports: Vec<_> = self
                    .ports
                    .iter()
                    .map(|port| format!("127.0.0.1:{port}"))
                    .collect();
                format!("your own, on {}", ports.join(" and "))
            }
        }
    }
}

/// Which server a lab talks to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Target {
    /// The solution's, in this process.
    Reference,
    /// The learner's.
    Own,
}

/// What a lab shows.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct View {
    /// The transcript so far.
    pub transcript: String,
    /// The frames behind its lines.
    pub frames: Vec<Shown>,
    /// How the clients stand.
    pub clients: BTreeMap<String, Stands>,
    /// Whether it is as long as it will get.
    pub full: bool,
}

/// A frame behind a line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Shown {
    /// The line's number, from 1.
    pub line: usize,
    /// The frame as on the wire, in hexadecimal; a long one is cut.
    pub bytes: String,
}

/// How a client stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Stands {
    /// Its WebSocket is open.
    pub open: bool,
    /// It hears an event stream, which can be cut as a WebSocket can.
    pub streams: bool,
    /// It reads what comes.
    pub reads: bool,
    /// It answers a Close.
    pub answers: bool,
}

/// More lines than this are no conversation that somebody reads.
const LINES: usize = 400;
/// More clients than this are no cast that somebody can tell apart.
const CLIENTS: usize = 8;
/// How much one command may send, and how much a lab may send in all.
const PAYLOAD: usize = 256 * 1024;
const BUDGET: usize = 8 * 1024 * 1024;
/// How many commands may wait.
const WAITING: usize = 32;
/// How many bytes of a frame are shown.
const BYTES: usize = 64;
/// How often the recording is looked at: while something happens, and after nothing has for a while.
const BUSY: Duration = Duration::from_millis(15);
const CALM: Duration = Duration::from_millis(100);
const WHILE: Duration = Duration::from_secs(3);
/// A command counts as done after this, whether or not it was answered.
const DONE: Duration = Duration::from_millis(300);
/// One of many messages, after this.
const LONG: Duration = Duration::from_secs(3);
/// Time in the transcript begins when the lab is opened; no lab is open for longer than this.
const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// A lab that is open. Dropping it ends the lab.
pub struct Session {
    lab: &'static Lab,
    /// Who was on the stage so far.
    names: BTreeSet<String>,
    commands: mpsc::Sender<FromPage>,
    view: watch::Receiver<View>,
    /// The way to its server from outside of it, if that is in here.
    pub(super) mount: Option<Mount>,
}

impl Session {
    /// Starts a lab in a thread of its own.
    pub fn open(lab: &'static Lab, target: Target) -> io::Result<Session> {
        let (commands, told) = mpsc::channel(WAITING);
        let (shows, view) = watch::channel(View::default());
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()?;
        let (door, outside) = mount::door();
        let mount = (target == Target::Reference).then(|| Mount {
            door,
            runtime: runtime.handle().clone(),
        });
        let thread = thread::Builder::new().name(format!("lab {}", lab.name));
        thread.spawn(move || {
            let stage = Stage { lab, target };
            runtime.block_on(stage.play(outside, told, shows));
            runtime.shutdown_background();
        })?;
        Ok(Session {
            lab,
            names: BTreeSet::new(),
            commands,
            view,
            mount,
        })
    }

    /// Hands on a command, or says why not.
    pub fn tell(&mut self, command: FromPage) -> Result<(), String> {
        check(&command)?;
        if command.server >= self.lab.ports.len() {
            return Err("this lab has no such server".into());
        }
        if command.r#do == Do::Shutdown && self.mount.is_none() {
            return Err("your own server is yours to stop".into());
        }
        let newcomer = !self.names.contains(&command.r#as);
        if newcomer && self.names.len() >= CLIENTS {
            return Err(format!("there is room for {CLIENTS} clients"));
        }
        self.names.insert(command.r#as.clone());
        self.commands
            .try_send(command)
            .map_err(|error| match error {
                mpsc::error::TrySendError::Full(_) => {
                    "too many commands at once: this one is left out".into()
                }
                mpsc::error::TrySendError::Closed(_) => "this lab is over: begin anew".into(),
            })
    }

    /// What it shows.
    pub fn view(&self) -> watch::Receiver<View> {
        self.view.clone()
    }
}

/// What can be said against a command by itself.
fn check(command: &FromPage) -> Result<(), String> {
    let name = command.r#as.as_str();
    let plain = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-' || b == b'_';
    let good = name.len() <= 16
        && name.bytes().all(plain)
        && name.starts_with(|c: char| c.is_ascii_lowercase())
        && name != transcript::SERVER;
    if !good {
        return Err(format!(
            "'{name}' is no name for a client: up to 16 small letters and digits, a letter first"
        ));
    }
    if !command.path.is_empty() && !command.path.starts_with('/') || command.path.len() > 2048 {
        return Err("a path begins with / and has at most 2048 bytes".into());
    }
    let token = |b: u8| b.is_ascii_alphanumeric() || b == b'-' || b == b'_';
    let wrong = |(name, value): &(String, String)| {
        name.is_empty()
            || !name.bytes().all(token)
            || value.len() > 4096
            || value.contains(char::is_control)
    };
    if command.headers.len() > 16 || command.headers.iter().any(wrong) {
        return Err(
            "at most 16 headers, with names of letters, digits and -, and values on one line"
                .into(),
        );
    }
    let length = command.text.len().max(command.hex.len() / 2);
    let length = length.saturating_add(command.fill);
    if !(1..=PAYLOAD).contains(&command.times) || length.saturating_mul(command.times) > PAYLOAD {
        return Err(format!("at most {} KiB at once", PAYLOAD / 1024));
    }
    if command.r#do == Do::Fragments && command.times > 16 {
        return Err("at most 16 fragments".into());
    }
    if command.r#do == Do::Burst && command.times > 2000 {
        return Err("at most 2000 messages at once".into());
    }
    if bytes(&command.hex).is_none() {
        return Err("bytes are written as pairs of hexadecimal digits: 00 ff 7f".into());
    }
    if matches!(command.r#do, Do::Ping | Do::Close) && command.text.len() > 123 {
        return Err(
            "a control frame carries at most 125 bytes, and a Close 2 of them for its code".into(),
        );
    }
    Ok(())
}

fn bytes(hex: &str) -> Option<Vec<u8>> {
    let digits: Vec<u8> = hex
        .chars()
        .filter(|c| !c.is_whitespace())
        .map(|c| c.to_digit(16).map(|digit| digit as u8))
        .collect::<Option<_>>()?;
    let pairs = digits.chunks_exact(2);
    pairs
        .remainder()
        .is_empty()
        .then(|| pairs.map(|pair| pair[0] << 4 | pair[1]).collect())
}

/// A lab as its own thread has it.
struct Stage {
    lab: &'static Lab,
    target: Target,
}

impl Stage {
    async fn play(
        self,
        outside: Outside,
        mut told: mpsc::Receiver<FromPage>,
        shows: watch::Sender<View>,
    ) {
        let recorder = Recorder::in_real_time();
        recorder.set_quiet(BUSY);
        let (stop, stopped) = watch::channel(false);
        match self.target {
            Target::Reference => {
                // The page itself comes to the first of them.
                let mut outside = Some(outside);
                for run in self.lab.servers {
                    let hall = Hall::new(recorder.listen(), outside.take());
                    let mut stopped = stopped.clone();
                    let stop = async move {
                        let _ = stopped.wait_for(|stopped| *stopped).await;
                    };
                    tokio::spawn(run(hall, Box::pin(stop)));
                }
            }
            Target::Own => {
                for port in self.lab.ports {
                    recorder.dial(Server::tcp(SocketAddr::from((Ipv4Addr::LOCALHOST, *port))));
                }
            }
        }
        let cast = Cast::default();
        let stirred = Notify::new();
        let act = async {
            let mut spent = 0;
            while let Some(command) = told.recv().await {
                let length = command.text.len().max(command.hex.len() / 2) + command.fill;
                spent += length * command.times;
                if command.r#do == Do::Shutdown {
                    // Two moments, so that what comes of it stands behind it.
                    recorder
                        .at_once(async || recorder.remark("is told to go"))
                        .await;
                    recorder
                        .at_once(async || {
                            stop.send_replace(true);
                        })
                        .await;
                    stirred.notify_one();
                    continue;
                }
                let client = cast.client(&recorder, &command);
                if spent > BUDGET {
                    client.remark("has sent all that a lab sends: begin anew");
                    continue;
                }
                stirred.notify_one();
                // What it does is done at once, on this machine. What the recorder waits for after that is the server's answer.
                let done = match command.r#do {
                    Do::Burst | Do::Read => LONG + DONE,
                    _ => DONE,
                };
                let _ = time::timeout(done, perform(&client, &cast, command)).await;
            }
        };
        let show = async {
            let progress = recorder.progress();
            let mut last = View::default();
            let mut news = time::Instant::now();
            loop {
                let rest = if news.elapsed() < WHILE { BUSY } else { CALM };
                tokio::select! {
                    () = stirred.notified() => news = time::Instant::now(),
                    () = time::sleep(rest) => {}
                }
                let recording = progress.so_far();
                for client in cast.to_answer(&recording) {
                    let _ = time::timeout(DONE, client.answer_close()).await;
                }
                let now = view(&recording, &cast);
                if now != last {
                    news = time::Instant::now();
                    let full = now.full;
                    last = now.clone();
                    shows.send_replace(now);
                    if full {
                        return;
                    }
                }
            }
        };
        // Under way all the time, so that every line knows when it was.
        let clock = recorder.advance(DAY);
        let (act, show, clock) = (pin!(act), pin!(show), pin!(clock));
        tokio::select! {
            () = act => {}
            () = show => {}
            () = clock => {}
        }
    }
}

/// The clients of a lab.
#[derive(Default)]
struct Cast(Mutex<BTreeMap<String, Member>>);

struct Member {
    client: Client,
    reads: bool,
    answers: bool,
}

impl Cast {
    /// The client that a command is for.
    fn client(&self, recorder: &Recorder, command: &FromPage) -> Client {
        let mut cast = self.0.lock().expect("nobody panics with the lock");
        let member = cast.entry(command.r#as.clone()).or_insert_with(|| Member {
            client: recorder.client_of(&command.r#as, command.server),
            reads: true,
            answers: true,
        });
        member.client.clone()
    }

    /// Those who are connected, and read.
    fn audience(&self) -> Vec<Client> {
        let cast = self.0.lock().expect("nobody panics with the lock");
        let listens = |member: &&Member| member.reads && member.client.is_connected();
        let members = cast.values().filter(listens);
        members.map(|member| member.client.clone()).collect()
    }

    fn change(&self, name: &str, change: impl FnOnce(&mut Member)) {
        let mut cast = self.0.lock().expect("nobody panics with the lock");
        if let Some(member) = cast.get_mut(name) {
            change(member);
        }
    }

    /// Those who have received a Close, and have sent none on the same WebSocket.
    fn to_answer(&self, recording: &Recording) -> Vec<Client> {
        let cast = self.0.lock().expect("nobody panics with the lock");
        let owes = |name: &str| {
            let (mut received, mut sent) = (false, false);
            for line in &recording.transcript.lines {
                match line {
                    Line::Event(Entry { name: who, event }) if who == name => match event {
                        Event::Sent(Sent::Request(request)) if request.upgrade => {
                            (received, sent) = (false, false);
                        }
                        Event::Received(Received::Message(Message::Close { .. })) => {
                            received = true;
                        }
                        Event::Sent(Sent::Message(Message::Close { .. })) => sent = true,
                        _ => {}
                    },
                    _ => {}
                }
            }
            received && !sent
        };
        let ready = |(name, member): &(&String, &Member)| {
            member.answers && member.client.is_connected() && owes(name)
        };
        let owing = cast.iter().filter(ready);
        owing.map(|(_, member)| member.client.clone()).collect()
    }

    fn stand(&self, recording: &Recording) -> BTreeMap<String, Stands> {
        let cast = self.0.lock().expect("nobody panics with the lock");
        let stands = |name: &str, member: &Member| Stands {
            open: member.client.is_connected(),
            streams: streams(recording, name),
            reads: member.reads,
            answers: member.answers,
        };
        cast.iter()
            .map(|(name, member)| (name.clone(), stands(name, member)))
            .collect()
    }
}

async fn perform(client: &Client, cast: &Cast, command: FromPage) {
    let FromPage {
        r#as: name,
        text,
        times,
        ..
    } = &command;
    match command.r#do {
        Do::Connect => {
            cast.change(name, |member| member.reads = true);
            client
                .open(with_headers(Http::get(&command.path), &command))
                .await;
        }
        Do::Request => {
            let request = match command.method {
                Method::Get => Http::get(&command.path),
                Method::Post => Http::post(&command.path).body(text.as_bytes()),
            };
            client.request(with_headers(request, &command)).await;
        }
        // Bytes where text belongs need not be UTF-8, which is what somebody may want to try.
        Do::Text if !command.hex.is_empty() => {
            client.text(bytes(&command.hex).unwrap_or_default()).await;
        }
        Do::Text => client.text(text.repeat(*times)).await,
        Do::Fragments => {
            let parts = fragments(text, *times);
            let last = parts.len() - 1;
            for (i, part) in parts.into_iter().enumerate() {
                match i {
                    0 if last == 0 => client.text(part).await,
                    0 => client.first(part).await,
                    i if i == last => client.last(part).await,
                    _ => client.more(part).await,
                }
            }
        }
        Do::Burst => {
            // So many lines nobody reads: whoever hears them says at the end how many there were.
            let audience = cast.audience();
            audience.iter().for_each(Client::gather);
            let fill = ".".repeat(command.fill);
            let texts = (1..=*times).map(|i| format!("{text} {i}{fill}"));
            let _ = time::timeout(LONG, client.burst(texts)).await;
            audience.iter().for_each(hears);
        }
        Do::Bytes => {
            let bytes = bytes(&command.hex).unwrap_or_default();
            client.binary(bytes.repeat(*times)).await;
        }
        Do::Ping => client.ping(text).await,
        Do::Close => match command.code {
            Some(code) => client.close(code, text).await,
            None => client.close_without_code().await,
        },
        Do::Vanish => client.vanish().await,
        Do::Reset => client.reset().await,
        Do::Stop => {
            cast.change(name, |member| member.reads = false);
            client.stop_reading().await;
        }
        Do::Read => {
            cast.change(name, |member| member.reads = true);
            client.gather();
            let _ = time::timeout(LONG, client.read_again()).await;
            hears(client);
        }
        // That is for the servers, and nothing that a client does.
        Do::Shutdown => {}
        Do::Silent => {
            cast.change(name, |member| member.answers = false);
            client.remark("answers no Close from now on");
        }
        Do::Answer => {
            cast.change(name, |member| member.answers = true);
            client.remark("answers a Close again");
        }
    }
}

/// Whether this client hears an event stream that has not ended.
fn streams(recording: &Recording, name: &str) -> bool {
    let mut streams = false;
    for line in &recording.transcript.lines {
        match line {
            Line::Event(Entry { name: who, event }) if who == name => match event {
                Event::Received(Received::Sse(_)) => streams = true,
                Event::Ended(_) | Event::Sent(_) => streams = false,
                Event::Remark(remark) if remark.text == "the event stream ends" => streams = false,
                _ => {}
            },
            _ => {}
        }
    }
    streams
}

/// Has a client say how much it has heard since it began to gather, and what was first and last of that.
fn hears(client: &Client) {
    let heard = client.take_gathered();
    let shown = |payload: &Payload| {
        let text = payload.to_string();
        // The filling of a burst says nothing.
        match text.find("....") {
            Some(end) => format!("{}…\"", &text[..end]),
            None => text,
        }
    };
    match &heard[..] {
        [] => {}
        [only] => client.remark(&format!("hears {}", shown(only))),
        [first, .., last] => client.remark(&format!(
            "hears {} messages, from {} to {}",
            heard.len(),
            shown(first),
            shown(last)
        )),
    }
}

fn with_headers(request: Http, command: &FromPage) -> Http {
    let headers = command.headers.iter();
    headers.fold(request, |request, (name, value)| {
        request.header(name, value)
    })
}

/// So many pieces of about the same length, cut between bytes and not between characters.
fn fragments(text: &str, count: usize) -> Vec<&[u8]> {
    let size = text.len().div_ceil(count.max(1)).max(1);
    let parts: Vec<_> = text.as_bytes().chunks(size).collect();
    if parts.is_empty() { vec![&[]] } else { parts }
}

fn view(recording: &Recording, cast: &Cast) -> View {
    let lines = recording.transcript.lines.len();
    View {
        transcript: recording.transcript.to_string(),
        frames: recording
            .frames
            .iter()
            .map(|(line, frame)| Shown {
                line: line + 1,
                bytes: hex(frame),
            })
            .collect(),
        clients: cast.stand(recording),
        full: lines >= LINES,
    }
}

fn hex(frame: &Frame) -> String {
    let bytes = frame.encode();
    let shown = &bytes[..bytes.len().min(BYTES)];
    shown
        .iter()
        .map(|b| format!("{b:02x}"))
        .collect::<Vec<_>>()
        .join(" ")
}
