//! What a client makes of the bytes a server sends: pure, and total over anything that arrives.

use crate::{
    event::Sse,
    frame::{Frame, Header, opcode},
};

const MAX_HEAD: usize = 64 * 1024;
const MAX_HEADERS: usize = 128;
const MAX_BODY: usize = 1024 * 1024;
const MAX_MESSAGE: usize = 64 * 1024 * 1024;
const MAX_FRAMES: usize = 65_536;

/// What the client had asked for.
#[derive(Debug, Clone, Default)]
pub(crate) struct Expect {
    /// The Sec-WebSocket-Accept that fits its key, when it asked for a WebSocket.
    pub(crate) accept: Option<String>,
    /// The subprotocols that it offered.
    pub(crate) protocols: Vec<String>,
    /// Whether a response to its method has no body.
    pub(crate) head: bool,
}

/// Something the server did.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Seen {
    /// A response, with as much of its body as there was.
    Response {
        status: u16,
        headers: Vec<(String, String)>,
        body: Vec<u8>,
        /// Whether frames, or an event stream, follow it on this connection.
        goes_on: bool,
    },
    /// A whole message or control frame, and the frames that it came in.
    Message { frames: Vec<Frame> },
    /// A part of an event stream.
    Sse(Sse),
    /// The end of an event stream on a connection that may go on.
    StreamEnded,
    /// A broken rule. Nothing is decoded after it.
    Broke(String),
}

/// The state of one connection.
#[derive(Debug)]
pub(crate) struct Decoder {
    expect: Expect,
    bytes: Vec<u8>,
    state: State,
    /// A Close has been received.
    pub(crate) closed: bool,
}

#[derive(Debug)]
enum State {
    Head,
    /// The head is known, the body is being read.
    Body {
        head: Head,
        framing: Framing,
        body: Vec<u8>,
    },
    /// An event stream: its framing, and the text that is not a whole event yet.
    Events {
        framing: Framing,
        text: Vec<u8>,
    },
    /// Frames, and those of a message that is not whole yet.
    Frames {
        message: Vec<Frame>,
        length: usize,
    },
    /// Nothing more is expected.
    Over,
}

#[derive(Debug, Clone)]
struct Head {
    status: u16,
    headers: Vec<(String, String)>,
}

impl Head {
    fn get(&self, name: &str) -> Option<&str> {
        let header = self.headers.iter().find(|(n, _)| n == name);
        header.map(|(_, value)| value.as_str())
    }

    fn seen(self, body: Vec<u8>, goes_on: bool) -> Seen {
        Seen::Response {
            status: self.status,
            headers: self.headers,
            body,
            goes_on,
        }
    }
}

/// How the end of a body is told (RFC 9112 section 6).
#[derive(Debug)]
enum Framing {
    Length(usize),
    /// How much is left of the current chunk, its line break included.
    Chunked(usize),
    UntilEnd,
}

/// What one attempt to decode came to.
enum Step {
    Again,
    Wait,
}

impl Decoder {
    pub(crate) fn new(expect: Expect) -> Self {
        Decoder {
            expect,
            bytes: Vec::new(),
            state: State::Head,
            closed: false,
        }
    }

    /// Whether frames are being exchanged.
    pub(crate) fn is_open(&self) -> bool {
        matches!(self.state, State::Frames { .. })
    }

    /// Whether an event stream is being read.
    pub(crate) fn is_stream(&self) -> bool {
        matches!(self.state, State::Events { .. })
    }

    /// Whether nothing more is expected.
    pub(crate) fn is_over(&self) -> bool {
        matches!(self.state, State::Over)
    }

    /// What has arrived and is not whole, in words.
    pub(crate) fn left(&self) -> Option<String> {
        let left = self.bytes.len();
        match &self.state {
            State::Head if left > 0 => {
                Some(format!("{left} bytes of a response head, and no more"))
            }
            State::Body { head, body, .. } => {
                let (status, body) = (head.status, body.len());
                let of = match head.get("content-type") {
                    Some(content_type) => format!("of type {content_type}"),
                    None => "without a content type".into(),
                };
                Some(format!(
                    "{status} with {body} bytes of a body {of}, and no more"
                ))
            }
            State::Frames { .. } if left > 0 => {
                Some(format!("{left} bytes of a frame, and no more"))
            }
            State::Frames { message, .. } if !message.is_empty() => Some(format!(
                "{} frames of a message, and no more",
                message.len()
            )),
            _ => None,
        }
    }

    /// Takes bytes, and says what they brought.
    pub(crate) fn feed(&mut self, bytes: &[u8]) -> Vec<Seen> {
        let mut seen = Vec::new();
        if matches!(self.state, State::Over) {
            return seen;
        }
        self.bytes.extend_from_slice(bytes);
        loop {
            let step = match &mut self.state {
                State::Head => self.head(&mut seen),
                State::Body { .. } => self.body(&mut seen),
                State::Events { .. } => self.events(&mut seen),
                State::Frames { .. } => self.frame(&mut seen),
                State::Over => Ok(Step::Wait),
            };
            match step {
                Ok(Step::Again) => {}
                Ok(Step::Wait) => return seen,
                Err(why) => {
                    seen.push(Seen::Broke(why));
                    self.over();
                    return seen;
                }
            }
        }
    }

    /// The connection has ended, or will not be read further: says what is left of it.
    pub(crate) fn end(&mut self) -> Vec<Seen> {
        let left = self.bytes.len();
        let seen = match std::mem::replace(&mut self.state, State::Over) {
            State::Head if left > 0 => vec![Seen::Broke(format!(
                "the connection ended inside a response head, after {left} bytes"
            ))],
            State::Body {
                head,
                framing: Framing::UntilEnd,
                body,
            } => vec![head.seen(body, false)],
            State::Body { head, body, .. } => vec![
                head.seen(body, false),
                Seen::Broke("the connection ended inside a body".into()),
            ],
            State::Frames { .. } if left > 0 => vec![Seen::Broke(format!(
                "the connection ended inside a frame, after {left} bytes of it"
            ))],
            State::Frames { message, .. } if !message.is_empty() => vec![Seen::Broke(
                "the connection ended inside a fragmented message".into(),
            )],
            _ => vec![],
        };
        self.over();
        seen
    }

    /// Whether a response, or the rest of one, is still to come.
    pub(crate) fn awaits_response(&self) -> bool {
        matches!(self.state, State::Head | State::Body { .. })
    }

    fn over(&mut self) {
        self.state = State::Over;
        self.bytes = Vec::new();
    }

    fn head(&mut self, seen: &mut Vec<Seen>) -> Result<Step, String> {
        let mut headers = [httparse::EMPTY_HEADER; MAX_HEADERS];
        let mut response = httparse::Response::new(&mut headers);
        let length = match response.parse(&self.bytes) {
            Ok(httparse::Status::Complete(length)) => length,
            Ok(httparse::Status::Partial) if self.bytes.len() > MAX_HEAD => {
                return Err(format!("a response head of more than {MAX_HEAD} bytes"));
            }
            Ok(httparse::Status::Partial) => return Ok(Step::Wait),
            Err(error) => return Err(format!("this is no HTTP response: {error}")),
        };
        let head = Head {
            status: response.code.unwrap_or_default(),
            headers: response
                .headers
                .iter()
                .map(|header| {
                    let value = String::from_utf8_lossy(header.value).into_owned();
                    (header.name.to_ascii_lowercase(), value)
                })
                .collect(),
        };
        self.bytes.drain(..length);
        if head.status == 101 {
            self.check(&head)?;
            seen.push(head.seen(vec![], true));
            self.state = State::Frames {
                message: vec![],
                length: 0,
            };
            return Ok(Step::Again);
        }
        if (100..200).contains(&head.status) {
            // An interim response (RFC 9110 section 15.2): the real one follows.
            return Ok(Step::Again);
        }
        let chunked = head
            .get("transfer-encoding")
            .is_some_and(|coding| coding.to_ascii_lowercase().ends_with("chunked"));
        let bodiless = self.expect.head || head.status == 204 || head.status == 304;
        let framing = if bodiless {
            Framing::Length(0)
        } else if chunked {
            Framing::Chunked(0)
        } else if let Some(length) = head.get("content-length") {
            let length = length.trim().parse();
            Framing::Length(length.map_err(|_| "a content-length that is no number")?)
        } else {
            Framing::UntilEnd
        };
        let events = head
            .get("content-type")
            .is_some_and(|kind| kind.trim_start().starts_with("text/event-stream"));
        self.state = if events && head.status == 200 {
            seen.push(head.seen(vec![], true));
            State::Events {
                framing,
                text: vec![],
            }
        } else {
            State::Body {
                head,
                framing,
                body: vec![],
            }
        };
        Ok(Step::Again)
    }

    /// The client's own checks of a 101 (RFC 6455 section 4.1).
    fn check(&self, head: &Head) -> Result<(), String> {
        let Some(expected) = &self.expect.accept else {
            return Err("101 without having been asked for a WebSocket".into());
        };
        let is = |name, value: &str| {
            head.get(name)
                .is_some_and(|v| v.eq_ignore_ascii_case(value))
        };
        if !is("upgrade", "websocket") {
            return Err("101 without 'upgrade: websocket' (RFC 6455 §4.1)".into());
        }
        let connection = head.get("connection").unwrap_or_default();
        if !connection
            .split(',')
            .any(|t| t.trim().eq_ignore_ascii_case("upgrade"))
        {
            return Err("101 without 'connection: upgrade' (RFC 6455 §4.1)".into());
        }
        match head.get("sec-websocket-accept").map(str::trim) {
            None => return Err("101 without sec-websocket-accept (RFC 6455 §4.1)".into()),
            Some(accept) if accept != expected => {
                return Err(
                    "101 with a sec-websocket-accept that does not fit the key (RFC 6455 §4.1)"
                        .into(),
                );
            }
            Some(_) => {}
        }
        if head.get("sec-websocket-extensions").is_some() {
            return Err("101 with an extension that was not offered (RFC 6455 §4.1)".into());
        }
        match head.get("sec-websocket-protocol") {
            Some(chosen) if !self.expect.protocols.iter().any(|p| p == chosen) => {
                Err("101 with a subprotocol that was not offered (RFC 6455 §4.1)".into())
            }
            _ => Ok(()),
        }
    }

    fn body(&mut self, seen: &mut Vec<Seen>) -> Result<Step, String> {
        let State::Body {
            head,
            framing,
            body,
        } = &mut self.state
        else {
            return Ok(Step::Wait);
        };
        let whole = unframe(framing, &mut self.bytes, body)?;
        if body.len() > MAX_BODY {
            let part = body[..MAX_BODY].to_vec();
            seen.push(head.clone().seen(part, false));
            return Err(format!("a body of more than {MAX_BODY} bytes"));
        }
        if whole {
            seen.push(head.clone().seen(std::mem::take(body), false));
            self.over();
        }
        Ok(Step::Wait)
    }

    fn events(&mut self, seen: &mut Vec<Seen>) -> Result<Step, String> {
        let State::Events { framing, text } = &mut self.state else {
            return Ok(Step::Wait);
        };
        let whole = unframe(framing, &mut self.bytes, text)?;
        while let Some((end, next)) = blank_line(text) {
            let block = String::from_utf8_lossy(&text[..end]).into_owned();
            text.drain(..next);
            sse(&block, seen);
        }
        if text.len() > MAX_BODY {
            return Err(format!("an event of more than {MAX_BODY} bytes"));
        }
        if whole {
            seen.push(Seen::StreamEnded);
            self.over();
        }
        Ok(Step::Wait)
    }

    fn frame(&mut self, seen: &mut Vec<Seen>) -> Result<Step, String> {
        let State::Frames { message, length } = &mut self.state else {
            return Ok(Step::Wait);
        };
        // What the first two bytes already rule out need not wait for the rest.
        if let [first, second, ..] = self.bytes[..] {
            judge_header(first, second, !message.is_empty(), self.closed)?;
        }
        if let Some(header) = Header::decode(&self.bytes).map_err(|why| why.to_string())?
            && header.payload.saturating_add(*length as u64) > MAX_MESSAGE as u64
        {
            return Err(format!("a message of more than {MAX_MESSAGE} bytes"));
        }
        let Some((frame, used)) = Frame::decode(&self.bytes).map_err(|why| why.to_string())? else {
            return Ok(Step::Wait);
        };
        self.bytes.drain(..used);
        if frame.is_control() {
            if frame.opcode == opcode::CLOSE {
                judge_close(&frame.payload)?;
                self.closed = true;
            }
            seen.push(Seen::Message {
                frames: vec![frame],
            });
            return Ok(Step::Again);
        }
        if message.len() >= MAX_FRAMES {
            return Err(format!("a message of more than {MAX_FRAMES} frames"));
        }
        *length += frame.payload.len();
        let last = frame.fin;
        message.push(frame);
        if !last {
            return Ok(Step::Again);
        }
        let frames = std::mem::take(message);
        *length = 0;
        if frames[0].opcode == opcode::TEXT && std::str::from_utf8(&join(&frames)).is_err() {
            return Err("a text that is not UTF-8 (RFC 6455 §8.1)".into());
        }
        seen.push(Seen::Message { frames });
        Ok(Step::Again)
    }
}

/// The payload of a message that came in these frames.
pub(crate) fn join(frames: &[Frame]) -> Vec<u8> {
    frames
        .iter()
        .flat_map(|frame| frame.payload.iter().copied())
        .collect()
}

fn judge_header(first: u8, second: u8, fragmented: bool, closed: bool) -> Result<(), String> {
    let (fin, rsv, code) = (first & 0x80 != 0, first >> 4 & 7, first & 15);
    let why = if rsv != 0 {
        "a reserved bit that no extension uses (RFC 6455 §5.2)"
    } else if second & 0x80 != 0 {
        "a masked frame from a server (RFC 6455 §5.1)"
    } else if !matches!(code, 0..=2 | 8..=10) {
        return Err(format!("the reserved opcode {code} (RFC 6455 §5.2)"));
    } else if closed {
        "a frame after its Close (RFC 6455 §5.5.1)"
    } else if code >= 8 && !fin {
        "a fragmented control frame (RFC 6455 §5.5)"
    } else if code >= 8 && second & 0x7f > 125 {
        "a control frame of more than 125 bytes (RFC 6455 §5.5)"
    } else if code == opcode::CONTINUATION && !fragmented {
        "a continuation of nothing (RFC 6455 §5.4)"
    } else if matches!(code, 1..=2) && fragmented {
        "a new message inside a fragmented one (RFC 6455 §5.4)"
    } else {
        return Ok(());
    };
    Err(why.into())
}

fn judge_close(payload: &[u8]) -> Result<(), String> {
    let (code, reason) = match payload {
        [] => return Ok(()),
        [_] => return Err("a Close with half a code (RFC 6455 §5.5.1)".into()),
        [high, low, reason @ ..] => (u16::from_be_bytes([*high, *low]), reason),
    };
    if !matches!(code, 1000..=1003 | 1007..=1014 | 3000..=4999) {
        return Err(format!(
            "a Close with {code}, a code that must not be sent (RFC 6455 §7.4)"
        ));
    }
    match std::str::from_utf8(reason) {
        Ok(_) => Ok(()),
        Err(_) => Err("a Close with a reason that is not UTF-8 (RFC 6455 §5.5.1)".into()),
    }
}

/// Moves what is body from `bytes` to `into`, and says whether that was the last of it.
fn unframe(framing: &mut Framing, bytes: &mut Vec<u8>, into: &mut Vec<u8>) -> Result<bool, String> {
    match framing {
        Framing::UntilEnd => {
            into.append(bytes);
            Ok(false)
        }
        Framing::Length(left) => {
            let count = bytes.len().min(*left);
            into.extend(bytes.drain(..count));
            *left -= count;
            Ok(*left == 0)
        }
        Framing::Chunked(left) => loop {
            if *left > 0 {
                // The two last bytes of a chunk are its line break.
                let data = left.saturating_sub(2).min(bytes.len());
                into.extend(bytes.drain(..data));
                *left -= data;
                if *left > 2 || bytes.len() < *left {
                    return Ok(false);
                }
                bytes.drain(..*left);
                *left = 0;
            }
            match httparse::parse_chunk_size(bytes) {
                Ok(httparse::Status::Complete((_, 0))) => return Ok(true),
                Ok(httparse::Status::Complete((start, size))) => {
                    if size > MAX_MESSAGE as u64 {
                        return Err("a chunk of more than 64 MiB".into());
                    }
                    bytes.drain(..start);
                    *left = size as usize + 2;
                }
                Ok(httparse::Status::Partial) => return Ok(false),
                Err(_) => return Err("a chunk without a size (RFC 9112 §7.1)".into()),
            }
        },
    }
}

/// The end of the first block of an event stream, and the beginning of the next: a line may end with CR, LF, or both.
fn blank_line(text: &[u8]) -> Option<(usize, usize)> {
    let line_end = |at: usize| match text.get(at..)? {
        [b'\r', b'\n', ..] => Some(at + 2),
        [b'\r' | b'\n', ..] => Some(at + 1),
        _ => None,
    };
    let mut start = 0;
    loop {
        let ends = |byte: &u8| matches!(byte, b'\r' | b'\n');
        let end = start + text[start..].iter().position(ends)?;
        start = line_end(end)?;
        // Of a CR at the very end it is open whether an LF belongs to it; the LF would then be one more blank line, which is none of anybody's.
        if let Some(next) = line_end(start) {
            return Some((end, next));
        }
    }
}

/// Reads one block of an event stream (WHATWG HTML section 9.2.6).
fn sse(block: &str, seen: &mut Vec<Seen>) {
    let (mut id, mut event, mut data, mut retry) = (None, None, None::<String>, None);
    let block = block.replace("\r\n", "\n");
    for line in block.split(['\r', '\n']) {
        let (field, value) = line.split_once(':').unwrap_or((line, ""));
        let value = value.strip_prefix(' ').unwrap_or(value).to_owned();
        match field {
            "" if line.is_empty() => {}
            "" => seen.push(Seen::Sse(Sse::Comment { text: value })),
            "id" => id = Some(value),
            "event" => event = Some(value),
            "retry" => retry = Some(value),
            "data" => {
                data = Some(match data {
                    None => value,
                    Some(before) => before + "\n" + &value,
                });
            }
            _ => {}
        }
    }
    if id.is_some() || event.is_some() || data.is_some() || retry.is_some() {
        seen.push(Seen::Sse(Sse::Event {
            id,
            event,
            data,
            retry,
        }));
    }
}
