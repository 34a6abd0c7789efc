//! A transcript as text and back: `NOTATION.md` is the grammar, and `parse` after `render` changes nothing.

use std::{fmt, str::FromStr};

use http::StatusCode;
use serde::Serialize;

use crate::{
    event::*,
    payload::{Payload, split_string, write_string},
};

/// What named clients and a server said to each other.
///
/// ```
/// use transcript::Transcript;
///
/// let text = "\
/// alice → GET /ws/echo upgrade
/// alice ← 101 switching protocols
/// +20s
/// alice ← ping
/// alice → pong
/// ";
/// let transcript: Transcript = text.parse()?;
/// assert_eq!(transcript.lines.len(), 5);
/// assert_eq!(transcript.to_string(), text);
/// # Ok::<(), transcript::ParseError>(())
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct Transcript {
    /// Its lines.
    pub lines: Vec<Line>,
}

/// A line that is not in the notation.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("line {line} of the transcript cannot be read: {why}")]
pub struct ParseError {
    /// Its number, from 1.
    pub line: usize,
    /// What is wrong with it.
    pub why: String,
}

impl Transcript {
    /// The same as JSON: an array with an object for each line.
    pub fn to_json(&self) -> serde_json::Value {
        serde_json::to_value(self).expect("lines are plain data")
    }

    /// Adds a line that says which rule was broken.
    pub fn push_broken(&mut self, name: &str, why: &str) {
        self.lines.push(Line::Event(Entry {
            name: name.into(),
            event: Event::Broke(Remark { text: why.into() }),
        }));
    }

    /// The same for a terminal without UTF-8. Only for display: it cannot be parsed.
    pub fn to_ascii(&self) -> String {
        ascii(&self.to_string())
    }
}

/// Replaces the glyphs of the notation, and what else is not ASCII, by ASCII.
pub fn ascii(text: &str) -> String {
    let mut to = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '→' => to.push_str("->"),
            '←' => to.push_str("<-"),
            '⊘' => to.push('x'),
            '·' => to.push('.'),
            '…' => to.push_str("..."),
            '✓' => to.push_str("ok"),
            '✗' => to.push_str("FAIL"),
            '—' => to.push_str("--"),
            '§' => to.push_str("section "),
            '‹' => to.push_str("<<"),
            '›' => to.push_str(">>"),
            c if c.is_ascii() => to.push(c),
            c => to.extend(c.escape_unicode()),
        }
    }
    to
}

impl fmt::Display for Transcript {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names = self.lines.iter().filter_map(|line| match line {
            Line::Gap(_) => None,
            Line::Event(entry) => Some(entry.name.len()),
        });
        let width = names.max().unwrap_or(0);
        for line in &self.lines {
            match line {
                Line::Gap(gap) => writeln!(f, "{gap}")?,
                Line::Event(Entry { name, event }) => writeln!(f, "{name:width$} {event}")?,
            }
        }
        Ok(())
    }
}

impl fmt::Display for Gap {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.tenths / 10, self.tenths % 10) {
            (seconds, 0) => write!(f, "+{seconds}s"),
            (seconds, tenths) => write!(f, "+{seconds}.{tenths}s"),
        }
    }
}

impl fmt::Display for Event {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Event::Sent(Sent::Request(request)) => write!(f, "→ {request}"),
            Event::Sent(Sent::Message(message)) => write!(f, "→ {message}"),
            Event::Received(Received::Response(response)) => write!(f, "← {response}"),
            Event::Received(Received::Message(message)) => write!(f, "← {message}"),
            Event::Received(Received::Sse(sse)) => write!(f, "← {sse}"),
            Event::Ended(ended) => write!(f, "⊘ {ended}"),
            Event::Remark(Remark { text }) => write!(f, "· {text}"),
            Event::Broke(Remark { text }) => write!(f, "! {text}"),
        }
    }
}

impl fmt::Display for Request {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.method, self.target)?;
        if self.upgrade {
            f.write_str(" upgrade")?;
        }
        for (name, value) in &self.headers {
            write!(f, " {name} ")?;
            write_string(f, value)?;
        }
        body(f, &self.body)
    }
}

impl fmt::Display for Response {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.status {
            Status::Class { class } => write!(f, "{class}xx refused")?,
            Status::Code(code) => write!(f, "{code:03} {}", reason(code))?,
        }
        for (name, value) in &self.headers {
            write!(f, " with {name} ")?;
            write_string(f, value)?;
        }
        body(f, &self.body)
    }
}

fn body(f: &mut fmt::Formatter<'_>, body: &Option<Payload>) -> fmt::Result {
    match body {
        None => Ok(()),
        Some(body) => write!(f, " body {body}"),
    }
}

impl fmt::Display for Message {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Message::Text { payload } => write!(f, "text {payload}"),
            Message::Binary { payload } => write!(f, "binary {payload}"),
            Message::First {
                binary: false,
                payload,
            } => write!(f, "text first {payload}"),
            Message::First {
                binary: true,
                payload,
            } => write!(f, "binary first {payload}"),
            Message::Continue { payload } => write!(f, "continue {payload}"),
            Message::Last { payload } => write!(f, "last {payload}"),
            Message::Ping { payload: None } => f.write_str("ping"),
            Message::Ping {
                payload: Some(payload),
            } => write!(f, "ping {payload}"),
            Message::Pong { payload: None } => f.write_str("pong"),
            Message::Pong {
                payload: Some(payload),
            } => write!(f, "pong {payload}"),
            Message::Close { code: None, .. } => f.write_str("close"),
            Message::Close {
                code: Some(code),
                reason,
            } => {
                write!(f, "close {code}")?;
                if reason.is_empty() {
                    return Ok(());
                }
                f.write_str(" ")?;
                write_string(f, reason)
            }
            Message::Bytes { payload } => write!(f, "bytes {payload}"),
        }
    }
}

impl fmt::Display for Sse {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (id, event, data, retry) = match self {
            Sse::Comment { text } => {
                f.write_str("comment ")?;
                return write_string(f, text);
            }
            Sse::Event {
                id,
                event,
                data,
                retry,
            } => (id, event, data, retry),
        };
        f.write_str("event")?;
        for (name, value) in [
            ("id", id),
            ("event", event),
            ("data", data),
            ("retry", retry),
        ] {
            if let Some(value) = value {
                write!(f, " {name} ")?;
                write_string(f, value)?;
            }
        }
        Ok(())
    }
}

impl fmt::Display for Ended {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let how = if self.reset { "reset" } else { "closed" };
        let by = if self.by == SERVER {
            "the server"
        } else {
            &self.by
        };
        let then = if self.abnormal { ABNORMAL } else { "" };
        write!(f, "tcp {how} by {by}{then}")
    }
}

const ABNORMAL: &str = " without a close frame (1006)";

/// The reason phrase of a status, in lower case.
fn reason(status: u16) -> String {
    StatusCode::from_u16(status)
        .ok()
        .and_then(|status| status.canonical_reason())
        .unwrap_or("unnamed")
        .to_ascii_lowercase()
}

impl FromStr for Transcript {
    type Err = ParseError;

    fn from_str(text: &str) -> Result<Self, ParseError> {
        let lines = text.lines().enumerate().map(|(index, line)| {
            parse_line(line).map_err(|why| ParseError {
                line: index + 1,
                why,
            })
        });
        Ok(Transcript {
            lines: lines.collect::<Result<_, _>>()?,
        })
    }
}

type Parsed<T> = Result<T, String>;

/// Reads a line, and refuses it when it would be written in another way: one event has one line.
fn parse_line(line: &str) -> Parsed<Line> {
    let parsed = read_line(line)?;
    let written = match &parsed {
        Line::Gap(gap) => gap.to_string(),
        // The padding of the name depends on the other lines.
        Line::Event(Entry { name, event }) => {
            let padding =
                line[name.len()..].len() - line[name.len()..].trim_start_matches(' ').len();
            format!("{name}{:padding$}{event}", "")
        }
    };
    if written == line {
        Ok(parsed)
    } else {
        Err(format!("this is written as: {written}"))
    }
}

fn read_line(line: &str) -> Parsed<Line> {
    if let Some(gap) = line.strip_prefix('+') {
        return match parse_gap(gap) {
            Some(0) => Err("no time passed".into()),
            Some(tenths) => Ok(Line::Gap(Gap { tenths })),
            None => Err(format!("'{line}' is not a time such as +20s or +1.5s")),
        };
    }
    let (name, rest) = line.split_once(' ').ok_or("there is no name and event")?;
    if !is_name(name) {
        return Err(format!("'{name}' is not a name"));
    }
    let rest = rest.trim_start_matches(' ');
    let (glyph, what) = rest
        .split_once(' ')
        .ok_or("there is nothing behind the name")?;
    let event = match glyph {
        "→" => Event::Sent(parse_sent(what)?),
        "←" => Event::Received(parse_received(what)?),
        "⊘" => Event::Ended(parse_ended(what)?),
        "·" => Event::Remark(Remark { text: what.into() }),
        "!" => Event::Broke(Remark { text: what.into() }),
        _ => return Err(format!("'{glyph}' is none of → ← ⊘ · !")),
    };
    if name == SERVER && !matches!(event, Event::Remark(_) | Event::Broke(_)) {
        return Err("the server only remarks".into());
    }
    Ok(Line::Event(Entry {
        name: name.into(),
        event,
    }))
}

pub(crate) fn is_name(name: &str) -> bool {
    let mut chars = name.chars();
    chars.next().is_some_and(|c| c.is_ascii_lowercase())
        && chars.all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-' || c == '_')
}

fn parse_gap(text: &str) -> Option<u64> {
    let text = text.strip_suffix('s')?;
    let (seconds, tenth) = text.split_once('.').unwrap_or((text, "0"));
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    if !digits(seconds) || !digits(tenth) || tenth.len() != 1 {
        return None;
    }
    let seconds: u64 = seconds.parse().ok()?;
    seconds.checked_mul(10)?.checked_add(tenth.parse().ok()?)
}

fn parse_sent(text: &str) -> Parsed<Sent> {
    if let Some(message) = parse_message(text) {
        return message.map(Sent::Message);
    }
    let (method, rest) = text.split_once(' ').ok_or("a request without a target")?;
    if method.is_empty() || !method.bytes().all(|b| b.is_ascii_uppercase() || b == b'-') {
        return Err(format!(
            "'{method}' is neither a kind of message nor a method"
        ));
    }
    let (target, mut rest) = word(rest);
    let mut upgrade = false;
    if let Some(after) = rest.strip_prefix("upgrade")
        && (after.is_empty() || (after.starts_with(' ') && !after.starts_with(" \"")))
    {
        upgrade = true;
        rest = after.strip_prefix(' ').unwrap_or(after);
    }
    let mut headers = Vec::new();
    while !rest.is_empty() && !rest.starts_with("body ") {
        let (header, after) = parse_header(rest)?;
        headers.push(header);
        rest = after.strip_prefix(' ').unwrap_or(after);
    }
    Ok(Sent::Request(Request {
        method: method.into(),
        target: target.into(),
        upgrade,
        headers,
        body: rest.strip_prefix("body ").map(Payload::parse).transpose()?,
    }))
}

fn parse_received(text: &str) -> Parsed<Received> {
    if let Some(message) = parse_message(text) {
        return message.map(Received::Message);
    }
    if let Some(text) = text.strip_prefix("comment ") {
        let (text, rest) = split_string(text)?;
        nothing(rest)?;
        return Ok(Received::Sse(Sse::Comment { text }));
    }
    if text == "event" || text.starts_with("event ") {
        return parse_sse(&text["event".len()..]).map(Received::Sse);
    }
    let (status, after) = word(text);
    let (status, mut rest) = match status.strip_suffix("xx") {
        Some(class) => {
            let class = class
                .parse()
                .map_err(|_| format!("'{status}' is not a class of statuses"))?;
            let rest = after
                .strip_prefix("refused")
                .ok_or("a class without 'refused'")?;
            (Status::Class { class }, rest)
        }
        None => {
            let digits = status.len() == 3 && status.bytes().all(|b| b.is_ascii_digit());
            let code = status.parse().ok().filter(|_| digits);
            let code =
                code.ok_or_else(|| format!("'{text}' is neither a message nor a response"))?;
            let reason = reason(code);
            let rest = after
                .strip_prefix(&reason)
                .ok_or_else(|| format!("the reason of {code} is '{reason}'"))?;
            (Status::Code(code), rest)
        }
    };
    let mut headers = Vec::new();
    while let Some(after) = rest.strip_prefix(" with ") {
        let (header, after) = parse_header(after)?;
        headers.push(header);
        rest = after;
    }
    let body = match rest.strip_prefix(" body ") {
        Some(body) => Some(Payload::parse(body)?),
        None => {
            nothing(rest)?;
            None
        }
    };
    Ok(Received::Response(Response {
        status,
        headers,
        body,
    }))
}

/// `None` when the first word is no kind of message.
fn parse_message(text: &str) -> Option<Parsed<Message>> {
    let (kind, rest) = word(text);
    let payload = |rest: &str| Payload::parse(rest);
    Some(match kind {
        "text" | "binary" => match rest.strip_prefix("first ") {
            Some(rest) => payload(rest).map(|payload| Message::First {
                binary: kind == "binary",
                payload,
            }),
            None if kind == "text" => payload(rest).map(|payload| Message::Text { payload }),
            None => payload(rest).map(|payload| Message::Binary { payload }),
        },
        "continue" => payload(rest).map(|payload| Message::Continue { payload }),
        "last" => payload(rest).map(|payload| Message::Last { payload }),
        "bytes" => payload(rest).map(|payload| Message::Bytes { payload }),
        "ping" | "pong" => {
            let payload = if rest.is_empty() {
                Ok(None)
            } else {
                payload(rest).map(Some)
            };
            payload.map(|payload| match kind {
                "ping" => Message::Ping { payload },
                _ => Message::Pong { payload },
            })
        }
        "close" => parse_close(rest),
        _ => return None,
    })
}

fn parse_close(text: &str) -> Parsed<Message> {
    if text.is_empty() {
        return Ok(Message::Close {
            code: None,
            reason: String::new(),
        });
    }
    let (code, rest) = word(text);
    let code = code
        .parse()
        .map_err(|_| format!("'{code}' is not a close code"))?;
    let reason = if rest.is_empty() {
        String::new()
    } else {
        let (reason, rest) = split_string(rest)?;
        nothing(rest)?;
        reason
    };
    Ok(Message::Close {
        code: Some(code),
        reason,
    })
}

fn parse_sse(mut text: &str) -> Parsed<Sse> {
    let mut fields = [None, None, None, None];
    while let Some(rest) = text.strip_prefix(' ') {
        let (name, rest) = word(rest);
        let index = ["id", "event", "data", "retry"]
            .iter()
            .position(|field| *field == name);
        let index = index.ok_or_else(|| format!("'{name}' is not a field of an event"))?;
        let (value, rest) = split_string(rest)?;
        fields[index] = Some(value);
        text = rest;
    }
    nothing(text)?;
    let [id, event, data, retry] = fields;
    Ok(Sse::Event {
        id,
        event,
        data,
        retry,
    })
}

fn parse_ended(text: &str) -> Parsed<Ended> {
    let (text, abnormal) = match text.strip_suffix(ABNORMAL) {
        Some(text) => (text, true),
        None => (text, false),
    };
    let (by, reset) = if let Some(by) = text.strip_prefix("tcp closed by ") {
        (by, false)
    } else if let Some(by) = text.strip_prefix("tcp reset by ") {
        (by, true)
    } else {
        return Err(format!("'{text}' does not say how the connection ended"));
    };
    let by = match by {
        "the server" => SERVER,
        name if is_name(name) && name != SERVER => name,
        other => return Err(format!("'{other}' is not a name")),
    };
    Ok(Ended {
        by: by.into(),
        reset,
        abnormal,
    })
}

fn parse_header(text: &str) -> Parsed<((String, String), &str)> {
    let (name, rest) = word(text);
    if name.is_empty() || name.contains('"') {
        return Err(format!("'{text}' is not a header"));
    }
    let (value, rest) = split_string(rest)?;
    Ok(((name.into(), value), rest))
}

/// The text up to the next space, and what follows the space.
fn word(text: &str) -> (&str, &str) {
    text.split_once(' ').unwrap_or((text, ""))
}

fn nothing(rest: &str) -> Parsed<()> {
    if rest.is_empty() {
        Ok(())
    } else {
        Err(format!("'{rest}' is left over"))
    }
}
