//! A named client: what it does, and how what it sees reaches the recorder.

use std::{
    future::poll_fn,
    io,
    pin::pin,
    sync::{Arc, Mutex, MutexGuard},
    task::Poll,
};

use sha1::{Digest, Sha1};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt, WriteHalf},
    sync::mpsc,
};
use tokio_tungstenite::tungstenite::handshake::{client::generate_key, derive_accept_key};

use crate::{
    decoder::{Decoder, Expect, Seen, join},
    event::*,
    frame::{Frame, opcode},
    payload::Payload,
    recorder::{Cause, Shared, one_line},
    server::{Endpoint, Stream},
};

/// More than this on one connection is not recorded: no script means it, and a server that never stops would fill the memory.
const MAX_EVENTS: usize = 10_000;
const MAX_BYTES: usize = 128 * 1024 * 1024;

/// A named client of a server.
///
/// It behaves as RFC 6455 asks, as far as that needs no decision: it masks, and it answers pings. Everything else the script does,
/// the answer to a Close included. Cloning it gives another handle to the same client.
#[derive(Debug, Clone)]
pub struct Client {
    shared: Arc<Shared>,
    index: usize,
    endpoint: Endpoint,
    state: Arc<Mutex<State>>,
}

#[derive(Debug, Default)]
struct State {
    /// All its connections, the WebSocket that was opened last being `socket`.
    connections: Vec<mpsc::UnboundedSender<Command>>,
    socket: Option<usize>,
    /// Frames sent, which choose the masking keys.
    frames: u32,
    deaf: bool,
    ignores_pings: bool,
    hangs_up: bool,
    /// The texts and bytes received since `gather`, in place of lines.
    gathered: Option<Vec<Payload>>,
    /// The events received since `gather_events`, in place of lines.
    events: Option<Vec<Sse>>,
    /// The texts received since `gather_texts`, whole and in place of lines.
    texts: Option<Vec<String>>,
    gathered_hash: Sha1,
    /// It leaves no lines but those that the script asks for.
    hidden: bool,
    last_status: Option<u16>,
    last_text: Option<String>,
    last_body: Option<String>,
    last_close: Option<(Option<u16>, String)>,
}

/// What the task of a connection is told.
#[derive(Debug)]
enum Command {
    Write { bytes: Vec<u8>, closes: bool },
    Read(bool),
    AnswerPings(bool),
    HangUpAtClose,
    Vanish,
    Reset,
    SayWhatIsLeft,
}

/// An HTTP request, or the opening handshake of a WebSocket.
///
/// ```
/// use transcript::Http;
///
/// let request = Http::get("/ws/cookie")
///     .header("origin", "https://app.example")
///     .header("cookie", "session=abc")
///     .protocols(["workbook.v1"])
///     .show("sec-websocket-protocol");
/// ```
#[derive(Debug, Clone)]
pub struct Http {
    method: String,
    target: String,
    headers: Vec<(String, String)>,
    without: Vec<String>,
    body: Vec<u8>,
    show: Vec<String>,
    class_only: bool,
    hide_refusal: bool,
}

impl Http {
    /// A GET of this path and query.
    pub fn get(target: &str) -> Self {
        Self::new("GET", target)
    }

    /// A POST of this path and query.
    pub fn post(target: &str) -> Self {
        Self::new("POST", target)
    }

    /// A request with another method.
    pub fn new(method: &str, target: &str) -> Self {
        Http {
            method: method.to_ascii_uppercase(),
            target: visible(target),
            headers: vec![],
            without: vec![],
            body: vec![],
            show: vec![],
            class_only: false,
            hide_refusal: false,
        }
    }

    /// With this header, in place of the client's own of this name.
    pub fn header(mut self, name: &str, value: &str) -> Self {
        let name = name.to_ascii_lowercase();
        self.without.push(name.clone());
        self.headers.push((name, value.replace(['\r', '\n'], " ")));
        self
    }

    /// Without a header that the client would send, such as `sec-websocket-key`.
    pub fn without(mut self, name: &str) -> Self {
        self.without.push(name.to_ascii_lowercase());
        self
    }

    /// Offers these subprotocols, in this order.
    pub fn protocols<'a>(self, protocols: impl IntoIterator<Item = &'a str>) -> Self {
        let offered: Vec<_> = protocols.into_iter().collect();
        self.header("sec-websocket-protocol", &offered.join(", "))
    }

    /// With this body.
    pub fn body(mut self, body: impl Into<Vec<u8>>) -> Self {
        self.body = body.into();
        self
    }

    /// Shows this header of the response.
    pub fn show(mut self, name: &str) -> Self {
        self.show.push(name.to_ascii_lowercase());
        self
    }

    /// Shows only the class of a refusal: `4xx refused`.
    pub fn class_only(mut self) -> Self {
        self.class_only = true;
        self
    }

    /// Leaves out the body of a refusal, 4xx or 503, whose text is open.
    pub fn hide_refusal(mut self) -> Self {
        self.hide_refusal = true;
        self
    }

    fn encode(&self, upgrade: bool, key: &str, host: &str) -> Vec<u8> {
        let mut own = vec![("host", host)];
        if upgrade {
            own.extend([
                ("connection", "Upgrade"),
                ("upgrade", "websocket"),
                ("sec-websocket-version", "13"),
                ("sec-websocket-key", key),
            ]);
        } else {
            own.push(("connection", "close"));
        }
        let length = self.body.len().to_string();
        if !self.body.is_empty() || self.method == "POST" {
            own.push(("content-length", &length));
        }
        let mut head = format!("{} {} HTTP/1.1\r\n", self.method, self.target);
        let own = own
            .into_iter()
            .filter(|(name, _)| !self.without.iter().any(|w| w == name));
        let set = self
            .headers
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_str()));
        for (name, value) in own.chain(set) {
            head.push_str(&format!("{name}: {value}\r\n"));
        }
        head.push_str("\r\n");
        let mut bytes = head.into_bytes();
        bytes.extend_from_slice(&self.body);
        bytes
    }
}

/// A target in which every byte can be seen, as a request line wants it.
fn visible(target: &str) -> String {
    let mut to = String::new();
    for byte in target.bytes() {
        match byte {
            b'!'..=b'~' => to.push(byte as char),
            _ => to.push_str(&format!("%{byte:02X}")),
        }
    }
    if to.is_empty() { "/".into() } else { to }
}

impl Client {
    pub(crate) fn new(shared: Arc<Shared>, index: usize, endpoint: Endpoint) -> Self {
        Client {
            shared,
            index,
            endpoint,
            state: Arc::default(),
        }
    }

    /// Opens a WebSocket: TCP, and the opening handshake (RFC 6455 section 4.1).
    pub async fn connect(&self, target: &str) {
        self.open(Http::get(target)).await;
    }

    /// Opens a WebSocket with a handshake of one's own.
    pub async fn open(&self, handshake: Http) {
        self.exchange(handshake, true).await;
    }

    /// Asks for a page, on a connection of its own.
    pub async fn get(&self, target: &str) {
        self.request(Http::get(target)).await;
    }

    /// Sends a request, on a connection of its own. An event stream goes on until the server ends it or the client leaves.
    pub async fn request(&self, request: Http) {
        self.exchange(request, false).await;
    }

    /// Sends a text message in one frame. Bytes will do, so that it can be text that is not UTF-8.
    pub async fn text(&self, text: impl AsRef<[u8]>) {
        let payload = Payload::guess(text.as_ref());
        let frame = Frame::new(opcode::TEXT, text.as_ref());
        self.send_frame(Message::Text { payload }, frame).await;
    }

    /// Sends JSON as a text message: for WebSocket there is no other JSON.
    pub async fn json(&self, value: &serde_json::Value) {
        self.text(&value.to_string()).await;
    }

    /// Sends a binary message in one frame.
    pub async fn binary(&self, bytes: impl Into<Vec<u8>>) {
        let bytes = bytes.into();
        let payload = Payload::bytes(&bytes);
        self.send_frame(
            Message::Binary { payload },
            Frame::new(opcode::BINARY, bytes),
        )
        .await;
    }

    /// Sends the first frame of a fragmented text, without the rest.
    pub async fn first(&self, part: impl AsRef<[u8]>) {
        let payload = Payload::guess(part.as_ref());
        let frame = Frame::new(opcode::TEXT, part.as_ref()).not_final();
        self.send_frame(
            Message::First {
                binary: false,
                payload,
            },
            frame,
        )
        .await;
    }

    /// Sends the first frame of a fragmented binary message, without the rest.
    pub async fn first_binary(&self, part: impl AsRef<[u8]>) {
        let payload = Payload::bytes(part.as_ref());
        let frame = Frame::new(opcode::BINARY, part.as_ref()).not_final();
        self.send_frame(
            Message::First {
                binary: true,
                payload,
            },
            frame,
        )
        .await;
    }

    /// Sends a frame from the middle of a fragmented message.
    pub async fn more(&self, part: impl AsRef<[u8]>) {
        let payload = Payload::guess(part.as_ref());
        let frame = Frame::new(opcode::CONTINUATION, part.as_ref()).not_final();
        self.send_frame(Message::Continue { payload }, frame).await;
    }

    /// Sends the last frame of a fragmented message.
    pub async fn last(&self, part: impl AsRef<[u8]>) {
        let payload = Payload::guess(part.as_ref());
        let frame = Frame::new(opcode::CONTINUATION, part.as_ref());
        self.send_frame(Message::Last { payload }, frame).await;
    }

    /// Sends a ping.
    pub async fn ping(&self, payload: impl AsRef<[u8]>) {
        let payload = payload.as_ref();
        let message = Message::Ping {
            payload: Payload::some(payload),
        };
        self.send_frame(message, Frame::new(opcode::PING, payload))
            .await;
    }

    /// Sends a pong that nobody asked for.
    pub async fn pong(&self, payload: impl AsRef<[u8]>) {
        let payload = payload.as_ref();
        let message = Message::Pong {
            payload: Payload::some(payload),
        };
        self.send_frame(message, Frame::new(opcode::PONG, payload))
            .await;
    }

    /// Sends a Close with a code, and a reason that may be empty.
    pub async fn close(&self, code: u16, reason: &str) {
        let message = Message::Close {
            code: Some(code),
            reason: reason.into(),
        };
        self.send_frame(message, Frame::close(code, reason)).await;
    }

    /// Sends a Close without a code, as a browser's `close()` does.
    pub async fn close_without_code(&self) {
        let message = Message::Close {
            code: None,
            reason: String::new(),
        };
        self.send_frame(message, Frame::new(opcode::CLOSE, []))
            .await;
    }

    /// Answers the server's Close with the same code (RFC 6455 section 5.5.1).
    pub async fn answer_close(&self) {
        let received = self.lock().last_close.clone();
        match received {
            Some((Some(code), _)) => self.close(code, "").await,
            Some((None, _)) => self.close_without_code().await,
            None => self.remark("there is no Close to answer"),
        }
    }

    /// Sends a frame as it is: any opcode, any bits, masked or not.
    pub async fn frame(&self, frame: Frame) {
        let bytes = frame.encode();
        self.bytes(&bytes).await;
    }

    /// Sends bytes as they are.
    pub async fn bytes(&self, bytes: &[u8]) {
        let payload = Payload::bytes(bytes);
        self.send(Message::Bytes { payload }, bytes.to_vec(), vec![], false)
            .await;
    }

    /// Reads nothing any more, so that what the server sends piles up: a peer that is slow, stuck, or gone without a word.
    pub async fn stop_reading(&self) {
        self.listens(false, "stops reading").await;
    }

    /// Reads again.
    pub async fn read_again(&self) {
        self.listens(true, "reads again").await;
    }

    async fn listens(&self, reads: bool, text: &str) {
        self.shared.begin();
        let text = text.into();
        self.note(Cause::Script, Event::Remark(Remark { text }), vec![]);
        self.lock().deaf = !reads;
        self.tell_all(|| Command::Read(reads));
        self.shared.settle().await;
    }

    /// Answers no pings from now on, but reads.
    pub async fn ignore_pings(&self) {
        self.shared.begin();
        let text = "ignores pings".into();
        self.note(Cause::Script, Event::Remark(Remark { text }), vec![]);
        self.lock().ignores_pings = true;
        self.tell_all(|| Command::AnswerPings(false));
        self.shared.settle().await;
    }

    /// From here on answers a Close at once and by itself, and then ends TCP without waiting for the server, as a client may (RFC 6455
    /// section 7.1.1): for conversations in which it is open how the server goes on after its Close.
    pub fn hang_up_at_close(&self) {
        self.lock().hangs_up = true;
        self.tell_all(|| Command::HangUpAtClose);
    }

    /// Ends all its connections without a Close: the process is gone, the kernel sends FIN.
    pub async fn vanish(&self) {
        self.leave(false).await;
    }

    /// Ends all its connections by a reset.
    pub async fn reset(&self) {
        self.leave(true).await;
    }

    async fn leave(&self, reset: bool) {
        self.shared.begin();
        let ended = Ended {
            by: self.shared.name(self.index),
            reset,
            abnormal: false,
        };
        self.note(Cause::Script, Event::Ended(ended), vec![]);
        self.tell_all(|| {
            if reset {
                Command::Reset
            } else {
                Command::Vanish
            }
        });
        self.lock().socket = None;
        self.shared.settle().await;
    }

    /// From here on keeps the texts, bytes and events that it receives to itself, until [`sum_up`](Self::sum_up): for conversations in which they are many.
    pub fn gather(&self) {
        let mut state = self.lock();
        state.gathered.get_or_insert_default();
    }

    /// Keeps a message to itself, if it gathers; the fingerprint is over the whole of it.
    fn gathers(&self, shown: &Payload, whole: &[u8]) -> bool {
        let mut state = self.lock();
        let Some(gathered) = &mut state.gathered else {
            return false;
        };
        gathered.push(shown.clone());
        let length = (whole.len() as u64).to_be_bytes();
        state.gathered_hash.update(length);
        state.gathered_hash.update(whole);
        drop(state);
        self.shared.touch();
        true
    }

    /// Says in one line what it received since [`gather`](Self::gather): how many messages, the first and the last of them, and a fingerprint
    /// of them all in their order, so that one which is missing, or in another place, changes the line.
    pub fn sum_up(&self) {
        let (gathered, hash) = {
            let mut state = self.lock();
            (
                state.gathered.take().unwrap_or_default(),
                std::mem::take(&mut state.gathered_hash),
            )
        };
        let text = summary("received", &gathered, hash);
        let remark = Event::Remark(Remark { text });
        self.shared.note(self.index, Cause::Wire, remark, vec![]);
    }

    /// Hands out what it received since [`gather`](Self::gather) and ends that, for a script that says in words of its own what matters of it.
    pub fn take_gathered(&self) -> Vec<Payload> {
        let mut state = self.lock();
        state.gathered_hash = Sha1::new();
        state.gathered.take().unwrap_or_default()
    }

    /// From here on keeps the events that it receives to itself, until [`take_events`](Self::take_events): for a script that looks at their fields.
    pub fn gather_events(&self) {
        self.lock().events.get_or_insert_default();
    }

    /// Hands out the events that it received since [`gather_events`](Self::gather_events), and ends that.
    pub fn take_events(&self) -> Vec<Sse> {
        self.lock().events.take().unwrap_or_default()
    }

    /// From here on keeps the texts that it receives to itself, whole, until [`take_texts`](Self::take_texts): for a script that looks into them.
    pub fn gather_texts(&self) {
        self.lock().texts.get_or_insert_default();
    }

    /// Hands out the texts that it received since [`gather_texts`](Self::gather_texts), and ends that.
    pub fn take_texts(&self) -> Vec<String> {
        self.lock().texts.take().unwrap_or_default()
    }

    /// Sends many texts, one behind the other without waiting, and says so in one line, as [`sum_up`](Self::sum_up) does.
    pub async fn burst<T: AsRef<str>>(&self, texts: impl IntoIterator<Item = T>) {
        self.shared.begin();
        let (mut payloads, mut hash, mut bytes) = (vec![], Sha1::new(), vec![]);
        for text in texts {
            let text = text.as_ref();
            hash.update((text.len() as u64).to_be_bytes());
            hash.update(text);
            payloads.push(Payload::text(text));
            bytes.extend(Frame::text(text).masked(self.next_key()).encode());
        }
        let event = Event::Remark(Remark {
            text: summary("sends", &payloads, hash),
        });
        self.write(event, bytes, vec![], false);
        self.shared.settle().await;
    }

    /// From here on leaves no line in the transcript, whatever it does and sees: one of a crowd, or one of whom it is open what becomes of it.
    /// What the script says of it, by [`remark`](Self::remark) and [`sum_up`](Self::sum_up), still is one.
    pub fn hide(&self) {
        self.lock().hidden = true;
    }

    /// From here on leaves lines again.
    pub fn show_itself(&self) {
        self.lock().hidden = false;
    }

    /// Says something about this client in the transcript.
    pub fn remark(&self, text: &str) {
        // An action of its own: it stands behind all that came before it.
        self.shared.begin();
        let remark = Event::Remark(Remark {
            text: one_line(text),
        });
        self.shared.note(self.index, Cause::Script, remark, vec![]);
    }

    /// The text that it received last.
    pub fn last_text(&self) -> Option<String> {
        self.lock().last_text.clone()
    }

    /// The status of the response that it received last, 101 included.
    pub fn last_status(&self) -> Option<u16> {
        self.lock().last_status
    }

    /// Whether it has a WebSocket whose TCP connection is still there, as far as it has read.
    pub fn is_connected(&self) -> bool {
        let state = self.lock();
        let socket = state
            .socket
            .and_then(|socket| state.connections.get(socket));
        socket.is_some_and(|socket| !socket.is_closed())
    }

    /// The body of the response that it received last.
    pub fn last_body(&self) -> Option<String> {
        self.lock().last_body.clone()
    }

    pub(crate) fn say_what_is_left(&self) {
        self.tell_all(|| Command::SayWhatIsLeft);
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state
            .lock()
            .unwrap_or_else(|poisoned| poisoned.into_inner())
    }

    fn note(&self, cause: Cause, event: Event, frames: Vec<Frame>) {
        if self.lock().hidden {
            self.shared.touch();
            return;
        }
        self.shared.note(self.index, cause, event, frames);
    }

    fn tell_all(&self, command: impl Fn() -> Command) {
        for connection in &self.lock().connections {
            let _ = connection.send(command());
        }
    }

    async fn exchange(&self, handshake: Http, upgrade: bool) {
        self.shared.begin();
        // A crowd's bodies would be shown to nobody, and the fingerprint of a long one takes time.
        if !self.lock().hidden {
            let request = Request {
                method: handshake.method.clone(),
                target: handshake.target.clone(),
                upgrade,
                headers: handshake.headers.clone(),
                body: Payload::some(&handshake.body),
            };
            self.note(Cause::Script, Event::Sent(Sent::Request(request)), vec![]);
        }
        match self.endpoint.connect().await {
            Ok(stream) => self.start(stream, handshake, upgrade),
            Err(error) => self.note(Cause::Wire, Event::Broke(could_not_connect(&error)), vec![]),
        }
        self.shared.settle().await;
    }

    fn start(&self, stream: Box<dyn Stream>, handshake: Http, upgrade: bool) {
        let key = generate_key();
        let bytes = handshake.encode(upgrade, &key, &self.endpoint.authority());
        let header = |wanted: &str| {
            let header = handshake.headers.iter().find(|(name, _)| name == wanted);
            header.map_or("", |(_, value)| value)
        };
        let key = if upgrade {
            Some(header("sec-websocket-key"))
        } else {
            None
        }
        .map(|own| if own.is_empty() { key.as_str() } else { own });
        let offered = header("sec-websocket-protocol").split(',').map(str::trim);
        let expect = Expect {
            accept: key.map(|key| derive_accept_key(key.as_bytes())),
            protocols: offered.map(str::to_owned).collect(),
            head: handshake.method == "HEAD",
        };
        let (commands, told) = mpsc::unbounded_channel();
        let mut state = self.lock();
        let connection = Connection {
            client: self.clone(),
            decoder: Decoder::new(expect),
            view: handshake,
            upgrade,
            told,
            out: bytes,
            reads: !state.deaf,
            answers_pings: !state.ignores_pings,
            hangs_up: state.hangs_up,
            sent_close: false,
            awaited: true,
            events: 0,
            taken: 0,
        };
        state
            .connections
            .retain(|connection| !connection.is_closed());
        state.connections.push(commands);
        state.socket = if upgrade {
            Some(state.connections.len() - 1)
        } else {
            None
        }
        .or(state.socket);
        drop(state);
        self.shared.lock().awaited += 1;
        tokio::spawn(connection.run(stream));
    }

    async fn send_frame(&self, message: Message, frame: Frame) {
        let closes = frame.opcode == opcode::CLOSE;
        let frame = frame.masked(self.next_key());
        self.send(message, frame.encode(), vec![frame], closes)
            .await;
    }

    fn next_key(&self) -> [u8; 4] {
        let mut state = self.lock();
        state.frames += 1;
        masking_key(self.index, state.frames)
    }

    async fn send(&self, message: Message, bytes: Vec<u8>, frames: Vec<Frame>, closes: bool) {
        self.shared.begin();
        let event = Event::Sent(Sent::Message(message));
        self.write(event, bytes, frames, closes);
        self.shared.settle().await;
    }

    /// Writes to its WebSocket, if it has one, and notes it.
    fn write(&self, event: Event, bytes: Vec<u8>, frames: Vec<Frame>, closes: bool) {
        if !self.is_connected() {
            let what = event.to_string();
            let what = what.trim_start_matches("→ ").trim_start_matches("· sends ");
            let text = one_line(&format!("cannot send {what}: there is no connection"));
            self.note(Cause::Script, Event::Remark(Remark { text }), vec![]);
            return;
        }
        self.note(Cause::Script, event, frames);
        let state = self.lock();
        let socket = state
            .socket
            .and_then(|socket| state.connections.get(socket));
        if let Some(socket) = socket {
            let _ = socket.send(Command::Write { bytes, closes });
        }
    }
}

/// Many messages in one line.
fn summary(verb: &str, payloads: &[Payload], hash: Sha1) -> String {
    match payloads {
        [] => format!("{verb} no message"),
        [only] => format!("{verb} 1 message: {only}"),
        [first, .., last] => {
            let hash = hash.finalize();
            let hash: String = hash[..4].iter().map(|b| format!("{b:02x}")).collect();
            let count = payloads.len();
            format!("{verb} {count} messages, from {first} to {last} #{hash}")
        }
    }
}

/// A masking key that differs from frame to frame and is the same on every run.
///
/// RFC 6455 section 5.3 asks for one that nobody can predict, which protects intermediaries from the scripts of a page;
/// there is neither here, and a recording whose bytes are always the same can be quoted.
fn masking_key(client: usize, frame: u32) -> [u8; 4] {
    let seed =
        (client as u32).wrapping_mul(0x9e37_79b9) ^ frame.wrapping_mul(0x85eb_ca6b) ^ 0x37fa_213d;
    seed.to_be_bytes()
}

fn could_not_connect(error: &io::Error) -> Remark {
    let text = format!("could not connect: {}", one_line(&error.kind().to_string()));
    Remark { text }
}

/// Writes some of the bytes, or flushes when there are none.
async fn push(to: &mut WriteHalf<Box<dyn Stream>>, bytes: &[u8]) -> io::Result<usize> {
    if bytes.is_empty() {
        to.flush().await?;
        return Ok(0);
    }
    to.write(bytes).await
}

/// The task of one connection.
struct Connection {
    client: Client,
    decoder: Decoder,
    view: Http,
    upgrade: bool,
    told: mpsc::UnboundedReceiver<Command>,
    out: Vec<u8>,
    reads: bool,
    answers_pings: bool,
    hangs_up: bool,
    sent_close: bool,
    awaited: bool,
    events: usize,
    taken: usize,
}

impl Connection {
    async fn run(mut self, stream: Box<dyn Stream>) {
        let (mut from, mut to) = tokio::io::split(stream);
        let mut bytes = vec![0; 16 * 1024];
        let mut flushed = true;
        let reset = loop {
            tokio::select! {
                biased;
                command = self.told.recv() => match command {
                    Some(Command::Write { bytes, closes }) => {
                        self.out.extend(bytes);
                        self.sent_close |= closes;
                    }
                    Some(Command::Read(reads)) => self.reads = reads,
                    Some(Command::AnswerPings(answers)) => self.answers_pings = answers,
                    Some(Command::HangUpAtClose) => self.hangs_up = true,
                    Some(Command::Reset) => {
                        self.push_all(&mut to).await;
                        break true;
                    }
                    Some(Command::Vanish) => {
                        self.push_all(&mut to).await;
                        break false;
                    }
                    Some(Command::SayWhatIsLeft) => self.say_what_is_left(),
                    None => break false,
                },
                // A failed write is not the end: what the server had said before can still be read.
                written = push(&mut to, &self.out), if !self.out.is_empty() || !flushed => match written {
                    Ok(count) => {
                        flushed = self.out.is_empty();
                        self.out.drain(..count);
                    }
                    Err(_) => {
                        flushed = true;
                        self.out.clear();
                    }
                },
                read = from.read(&mut bytes), if self.reads => match read {
                    Ok(0) => {
                        self.ended(false);
                        break false;
                    }
                    Ok(count) => {
                        if !self.take(&bytes[..count]) {
                            if self.hangs_up {
                                self.push_all(&mut to).await;
                            }
                            break false;
                        }
                    }
                    Err(error) => {
                        // TLS that ends without a close_notify: TCP itself ended in order.
                        let reset = error.kind() != io::ErrorKind::UnexpectedEof;
                        self.ended(reset);
                        break reset;
                    }
                },
            }
        };
        self.answered();
        let stream = from.unsplit(to);
        if reset {
            stream.reset();
        }
    }

    /// Sends what was written before it leaves, as far as there is room for it now.
    async fn push_all(&mut self, to: &mut WriteHalf<Box<dyn Stream>>) {
        while !self.out.is_empty() {
            let pushed = {
                let mut push = pin!(push(to, &self.out));
                poll_fn(|cx| Poll::Ready(push.as_mut().poll(cx))).await
            };
            match pushed {
                Poll::Ready(Ok(count)) => drop(self.out.drain(..count)),
                _ => return,
            }
        }
    }

    fn note(&mut self, event: Event, frames: Vec<Frame>) {
        self.events += 1;
        self.client.note(Cause::Wire, event, frames);
    }

    fn broke(&mut self, text: &str) {
        self.note(
            Event::Broke(Remark {
                text: one_line(text),
            }),
            vec![],
        );
    }

    /// The response is there, or will never be.
    fn answered(&mut self) {
        if std::mem::take(&mut self.awaited) {
            let mut shared = self.client.shared.lock();
            shared.awaited = shared.awaited.saturating_sub(1);
        }
    }

    /// Takes bytes, and says whether it wants more.
    fn take(&mut self, bytes: &[u8]) -> bool {
        self.taken += bytes.len();
        for seen in self.decoder.feed(bytes) {
            if !self.see(seen) {
                return false;
            }
        }
        if self.events >= MAX_EVENTS || self.taken >= MAX_BYTES {
            let text = format!("more than {MAX_EVENTS} events or 128 MiB: not read any further");
            self.broke(&text);
            return false;
        }
        !self.decoder.is_over()
    }

    /// The server has ended the connection.
    fn ended(&mut self, reset: bool) {
        let open = self.decoder.is_open();
        let silent = self.decoder.awaits_response();
        let streams = self.decoder.is_stream();
        let left = self.decoder.end();
        let said = !left.is_empty();
        for seen in left {
            self.see(seen);
        }
        // The end of a connection whose response was whole is no news.
        if open || streams || (silent && !said) || reset {
            let ended = Ended {
                by: SERVER.into(),
                reset,
                abnormal: open && !self.decoder.closed,
            };
            self.note(Event::Ended(ended), vec![]);
        }
    }

    /// The script is over: names what never became whole.
    fn say_what_is_left(&mut self) {
        if let Some(what) = self.decoder.left() {
            let event = Event::Remark(Remark { text: what });
            self.note(event, vec![]);
        }
    }

    /// Records what was seen, and says whether the connection goes on.
    fn see(&mut self, seen: Seen) -> bool {
        match seen {
            Seen::Broke(why) => {
                self.broke(&why);
                false
            }
            Seen::Sse(sse) => {
                if let (Some(events), Sse::Event { .. }) = (&mut self.client.lock().events, &sse) {
                    events.push(sse);
                    self.client.shared.touch();
                    return true;
                }
                if let Some(json) = sse.to_json()
                    && self.client.gathers(&Payload::text(&json), json.as_bytes())
                {
                    return true;
                }
                self.note(Event::Received(Received::Sse(sse)), vec![]);
                true
            }
            Seen::StreamEnded => {
                let text = "the event stream ends".into();
                self.note(Event::Remark(Remark { text }), vec![]);
                false
            }
            Seen::Response {
                status,
                headers,
                body,
                goes_on,
            } => {
                self.answered();
                let shown = |(name, _): &(String, String)| self.view.show.contains(name);
                let mut headers: Vec<_> = headers.into_iter().filter(shown).collect();
                headers.sort();
                // A refusal is one thing, a server that fails another.
                let refusal = (400..500).contains(&status);
                let class_only = self.view.class_only && refusal;
                let hidden = self.view.hide_refusal && (refusal || status == 503);
                let response = Response {
                    status: match class_only {
                        true => Status::Class {
                            class: (status / 100) as u8,
                        },
                        false => Status::Code(status),
                    },
                    headers,
                    body: if class_only || hidden || (self.upgrade && status < 500) {
                        None
                    } else {
                        Payload::some(&body)
                    },
                };
                let mut state = self.client.lock();
                state.last_status = Some(status);
                state.last_body = Some(String::from_utf8_lossy(&body).into_owned());
                drop(state);
                self.note(Event::Received(Received::Response(response)), vec![]);
                goes_on
            }
            Seen::Message { frames } => {
                let close = frames[0].opcode == opcode::CLOSE;
                let payload = if close && self.hangs_up {
                    Some(join(&frames))
                } else {
                    None
                };
                self.message(frames);
                payload.map(|payload| self.hang_up(payload)).is_none()
            }
        }
    }

    /// Answers this Close, if it is not an answer itself, and hangs up.
    fn hang_up(&mut self, close: Vec<u8>) {
        if !std::mem::replace(&mut self.sent_close, true) {
            let code = close.first_chunk().map(|code| u16::from_be_bytes(*code));
            let frame = code.map_or(Frame::new(opcode::CLOSE, []), |code| Frame::close(code, ""));
            let frame = frame.masked(masking_key(self.client.index, 0));
            self.out.extend(frame.encode());
            let message = Message::Close {
                code,
                reason: String::new(),
            };
            self.note(Event::Sent(Sent::Message(message)), vec![frame]);
        }
        let ended = Ended {
            by: self.client.shared.name(self.client.index),
            reset: false,
            abnormal: false,
        };
        self.note(Event::Ended(ended), vec![]);
    }

    fn message(&mut self, frames: Vec<Frame>) {
        let payload = join(&frames);
        let message = match frames[0].opcode {
            opcode::TEXT => {
                let text = String::from_utf8_lossy(&payload).into_owned();
                let mut state = self.client.lock();
                if let Some(texts) = &mut state.texts {
                    texts.push(text);
                    drop(state);
                    self.client.shared.touch();
                    return;
                }
                let payload = Payload::text(&text);
                state.last_text = Some(text);
                drop(state);
                Message::Text { payload }
            }
            opcode::PING => Message::Ping {
                payload: Payload::some(&payload),
            },
            opcode::PONG => Message::Pong {
                payload: Payload::some(&payload),
            },
            opcode::CLOSE => {
                let code = payload.first_chunk().map(|code| u16::from_be_bytes(*code));
                let reason = payload.get(2..).unwrap_or_default();
                let reason = String::from_utf8_lossy(reason).into_owned();
                self.client.lock().last_close = Some((code, reason.clone()));
                Message::Close { code, reason }
            }
            _ => Message::Binary {
                payload: Payload::bytes(&payload),
            },
        };
        let ping = frames[0].opcode == opcode::PING;
        if let Message::Text { payload: shown } | Message::Binary { payload: shown } = &message
            && self.client.gathers(shown, &payload)
        {
            return;
        }
        self.note(Event::Received(Received::Message(message)), frames);
        if ping && self.answers_pings && !self.sent_close {
            let message = Message::Pong {
                payload: Payload::some(&payload),
            };
            let frame = Frame::new(opcode::PONG, payload).masked(masking_key(self.client.index, 0));
            self.out.extend(frame.encode());
            self.note(Event::Sent(Sent::Message(message)), vec![frame]);
        }
    }
}
