//! Labs: a chapter's server and clients that a page tells what to do, recorded as they go.
//!
//! Each lab that is open has a thread and a runtime of its own. When its page goes, the runtime is dropped, and with it every task
//! that the server or a client has started: nothing of a lab outlives it, whatever the server in it does.

use std::{
    collections::{BTreeMap, BTreeSet},
    io,
    net::{Ipv4Addr, SocketAddr},
    pin::pin,
    sync::Mutex,
    thread,
    time::Duration,
};

use serde::{Deserialize, Serialize};
use tokio::{
    sync::{Notify, mpsc, watch},
    time,
};
use transcript::{
    Client, Entry, Event, Frame, Http, Line, Message, Payload, Received, Recorder, Recording, Sent,
    Server, Transcript,
};

use super::{
    beats,
    labs::{Given, Lab},
    message::{Do, FromPage, Method},
    mount::{self, Hall, Mount, Outside},
    values::Values,
};

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
/// How the page itself is called.
const PAGE: &str = "page";
/// The header that offers subprotocols, and names the one that is spoken.
const PROTOCOL: &str = "sec-websocket-protocol";
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
    values: Values,
    /// The ways to its servers from outside of it, if they are in here.
    pub(super) mounts: Vec<Mount>,
}

impl Session {
    /// Starts a lab in a thread of its own.
    pub fn open(lab: &'static Lab, target: Target, origin: String) -> io::Result<Session> {
        let (commands, told) = mpsc::channel(WAITING);
        let (shows, view) = watch::channel(View::default());
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()?;
        // Every server of the reference can be reached by the page itself.
        let servers = match target {
            Target::Reference => lab.ports.len(),
            Target::Own => 0,
        };
        let (remarks, remarked) = mpsc::channel(WAITING);
        let (doors, outside): (Vec<_>, Vec<_>) = (0..servers).map(|_| mount::door()).unzip();
        let mount = |door| Mount {
            door,
            remarks: remarks.clone(),
            runtime: runtime.handle().clone(),
        };
        let mounts = doors.into_iter().map(mount).collect();
        let values = Values::of(lab);
        let stage = Stage {
            lab,
            target,
            origin,
            values: values.clone(),
        };
        let thread = thread::Builder::new().name(format!("lab {}", lab.name));
        thread.spawn(move || {
            runtime.block_on(stage.play(outside, remarked, told, shows));
            runtime.shutdown_background();
        })?;
        Ok(Session {
            lab,
            names: BTreeSet::new(),
            commands,
            view,
            values,
            mounts,
        })
    }

    /// Writes the values of a text for the page itself.
    pub fn fill(&self, text: &str) -> Result<String, String> {
        self.values.fill(text, PAGE, |_, _| {})
    }

    /// Hands on a command, or says why not.
    pub fn tell(&mut self, command: FromPage) -> Result<(), String> {
        check(&command)?;
        if command.server >= self.lab.ports.len() {
            return Err("this lab has no such server".into());
        }
        if command.is_for_servers() {
            if self.mounts.is_empty() {
                return Err("your own server is yours to stop and to change".into());
            }
            if command.r#do == Do::Switch && !self.lab.switch.contains(&&*command.text) {
                return Err("this lab has no such switch".into());
            }
        } else {
            let newcomer = !self.names.contains(&command.r#as);
            if newcomer && self.names.len() >= CLIENTS {
                return Err(format!("there is room for {CLIENTS} clients"));
            }
            self.names.insert(command.r#as.clone());
        }
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
    let is_name = |name: &str| {
        name.len() <= 16
            && name.bytes().all(plain)
            && name.starts_with(|c: char| c.is_ascii_lowercase())
    };
    if !command.keep.is_empty() && !is_name(&command.keep) {
        return Err("a value is kept under up to 16 small letters and digits".into());
    }
    if !is_name(name) || name == transcript::SERVER {
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
    if matches!(command.r#do, Do::Burst | Do::Request) && command.times > 2000 {
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
    origin: String,
    values: Values,
}

impl Stage {
    async fn play(
        self,
        outside: Vec<Outside>,
        mut remarked: mpsc::Receiver<String>,
        mut told: mpsc::Receiver<FromPage>,
        shows: watch::Sender<View>,
    ) {
        let recorder = Recorder::in_real_time();
        recorder.set_quiet(BUSY);
        let (stop, mut stopped) = watch::channel(false);
        let (switch, switched) = watch::channel(0);
        match self.target {
            Target::Reference => {
                let halls = outside.into_iter();
                let given = Given {
                    halls: halls.map(|way| Hall::new(recorder.listen(), way)).collect(),
                    stop: Box::pin(async move {
                        let _ = stopped.wait_for(|stopped| *stopped).await;
                    }),
                    switch: switched,
                    origin: self.origin.clone(),
                };
                tokio::spawn((self.lab.run)(given));
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
            while let Some(mut command) = told.recv().await {
                let length = command.text.len().max(command.hex.len() / 2) + command.fill;
                spent += length * command.times;
                match command.r#do {
                    Do::Shutdown => {
                        let go = || stop.send_replace(true);
                        happens(&recorder, "is told to go", go).await;
                        stirred.notify_one();
                        continue;
                    }
                    Do::Switch => {
                        let to = command.text.as_str();
                        let at = self.lab.switch.iter().position(|&at| at == to);
                        let turn = || switch.send_replace(at.unwrap_or_default());
                        happens(&recorder, to, turn).await;
                        stirred.notify_one();
                        continue;
                    }
                    _ => {}
                }
                let client = cast.client(&recorder, &command, self.lab.ports.len() > 1);
                if let Err(why) = fill(&mut command, &self.values, &recorder) {
                    client.remark(&why);
                    continue;
                }
                if spent > BUDGET {
                    client.remark("has sent all that a lab sends: begin anew");
                    continue;
                }
                stirred.notify_one();
                // What it does is done at once, on this machine. What the recorder waits for after that is the server's answer.
                let done = match command.r#do {
                    Do::Burst | Do::Read => LONG + DONE,
                    Do::Connect => 2 * DONE,
                    Do::Request if command.times > 1 => LONG + DONE,
                    _ => DONE,
                };
                let keep = command.keep.clone();
                let _ = time::timeout(done, perform(&client, &cast, command)).await;
                if !keep.is_empty() && client.last_status() == Some(200) {
                    let value = client.last_body().unwrap_or_default();
                    if self.values.keep(&keep, &value) {
                        recorder.placeholder(&keep, &value);
                    }
                }
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
        let overhear = async {
            while let Some(remark) = remarked.recv().await {
                recorder.remark(&remark);
                stirred.notify_one();
            }
            std::future::pending().await
        };
        let (act, show, clock, overhear) = (pin!(act), pin!(show), pin!(clock), pin!(overhear));
        tokio::select! {
            () = act => {}
            () = show => {}
            () = clock => {}
            () = overhear => {}
        }
    }
}

/// Something is done to the servers. Two moments, so that what comes of it stands behind it.
async fn happens<T>(recorder: &Recorder, what: &str, act: impl FnOnce() -> T) {
    recorder.at_once(async || recorder.remark(what)).await;
    recorder.at_once(async || drop(act())).await;
}

/// Writes the values of a command; in the transcript their names stand.
fn fill(command: &mut FromPage, values: &Values, recorder: &Recorder) -> Result<(), String> {
    let name = command.r#as.clone();
    let headers = command.headers.iter_mut().map(|(_, value)| value);
    // A control frame has no room for one.
    let text = match command.r#do {
        Do::Text | Do::Fragments | Do::Request => Some(&mut command.text),
        _ => None,
    };
    for text in headers.chain([&mut command.path]).chain(text) {
        *text = values.fill(text, &name, |name, value| recorder.placeholder(name, value))?;
    }
    Ok(())
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
    /// The client that a command is for; where there are several servers, a newcomer says whose client it is.
    fn client(&self, recorder: &Recorder, command: &FromPage, several: bool) -> Client {
        let mut cast = self.0.lock().expect("nobody panics with the lock");
        let member = cast.entry(command.r#as.clone()).or_insert_with(|| {
            let client = recorder.client_of(&command.r#as, command.server);
            if several {
                client.remark(&format!("is a client of worker {}", command.server + 1));
            }
            Member {
                client,
                reads: true,
                answers: true,
            }
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
            // Whoever is in leaves first, as somebody does who tries one door after the other.
            if client.is_connected() {
                let _ = time::timeout(DONE, client.close(1000, "")).await;
            }
            let mut handshake = with_headers(Http::get(&command.path), &command);
            if command.headers.iter().any(|(name, _)| name == PROTOCOL) {
                handshake = handshake.show(PROTOCOL);
            }
            client.open(handshake).await;
        }
        Do::Request => {
            let many = *times > 1;
            let request = match command.method {
                Method::Get => Http::get(&command.path),
                Method::Post if many => {
                    let lines: Vec<_> = numbered(&command).collect();
                    Http::post(&command.path).body(lines.join("\n"))
                }
                Method::Post => Http::post(&command.path).body(text.as_bytes()),
            };
            let request = with_headers(request, &command);
            match many {
                true => summed_up(cast, client.request(request)).await,
                false => client.request(request).await,
            }
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
        Do::Burst => summed_up(cast, client.burst(numbered(&command))).await,
        Do::Bytes => {
            let bytes = bytes(&command.hex).unwrap_or_default();
            client.binary(bytes.repeat(*times)).await;
        }
        Do::Ping => client.ping(text).await,
        Do::Ignore => client.ignore_pings().await,
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
        // That is for the servers or for the page, and nothing that a client does.
        Do::Shutdown | Do::Switch | Do::Fill => {}
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

/// Many messages of one command, each with its number.
fn numbered(command: &FromPage) -> impl Iterator<Item = String> {
    let FromPage { text, times, .. } = command;
    let fill = ".".repeat(command.fill);
    (1..=*times).map(move |i| format!("{text} {i}{fill}"))
}

/// Does what many lines come of, which nobody would read: whoever hears them says at the end how many there were.
async fn summed_up(cast: &Cast, act: impl Future<Output = ()>) {
    let audience = cast.audience();
    audience.iter().for_each(Client::gather);
    let _ = time::timeout(LONG, act).await;
    audience.iter().for_each(hears);
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
    let folded = beats::fold(&recording.transcript.lines);
    let shown = |(line, frame): &(usize, Frame)| {
        let line = folded.place(*line)? + 1;
        let bytes = hex(frame);
        Some(Shown { line, bytes })
    };
    let frames = recording.frames.iter().filter_map(shown).collect();
    let full = folded.lines.len() >= LINES;
    let lines = folded.lines;
    View {
        transcript: Transcript { lines }.to_string(),
        frames,
        clients: cast.stand(recording),
        full,
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
