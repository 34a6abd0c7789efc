//! What a transcript is made of: its lines and the events on them.

use serde::Serialize;

use crate::payload::Payload;

/// The name under which the server's own remarks stand.
pub const SERVER: &str = "server";

/// One line of a transcript.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub enum Line {
    /// Time that passed before the next line.
    Gap(Gap),
    /// Something that happened to one participant.
    Event(Entry),
}

/// Time that passed, in tenths of a second.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "kind", rename = "gap")]
pub struct Gap {
    /// Tenths of a second.
    pub tenths: u64,
}

/// Something that happened to one participant.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Entry {
    /// Whom it happened to.
    pub name: String,
    /// What happened.
    #[serde(flatten)]
    pub event: Event,
}

/// What happened.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "kind", content = "event", rename_all = "lowercase")]
pub enum Event {
    /// `→`: sent to the server.
    Sent(Sent),
    /// `←`: received from the server.
    Received(Received),
    /// `⊘`: the TCP connection is over.
    Ended(Ended),
    /// `·`: something that is not on the wire.
    Remark(Remark),
    /// `!`: a rule was broken.
    Broke(Remark),
}

/// What a client sends.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub enum Sent {
    /// An HTTP request.
    Request(Request),
    /// A message, a frame, or bytes.
    Message(Message),
}

/// What a client receives.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub enum Received {
    /// The answer to an HTTP request.
    Response(Response),
    /// A message.
    Message(Message),
    /// A part of an event stream.
    Sse(Sse),
}

/// An HTTP request.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "type", rename = "request")]
pub struct Request {
    /// The method.
    pub method: String,
    /// Path and query.
    pub target: String,
    /// Whether it asks for a WebSocket.
    pub upgrade: bool,
    /// The headers that the script set, in lower case.
    pub headers: Vec<(String, String)>,
    /// The body, where there is one.
    pub body: Option<Payload>,
}

/// The answer to an HTTP request.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "type", rename = "response")]
pub struct Response {
    /// The status.
    pub status: Status,
    /// The headers that the script asked to see.
    pub headers: Vec<(String, String)>,
    /// The body, where the script asked for it and there is one.
    pub body: Option<Payload>,
}

/// A status, or the class of it where the script does not care which.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub enum Status {
    /// `404 not found`.
    Code(u16),
    /// `4xx refused`.
    Class {
        /// The first digit.
        class: u8,
    },
}

/// A WebSocket message, one frame of a fragmented one, or bytes as they are.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "type", rename_all = "lowercase")]
pub enum Message {
    /// A text message.
    Text {
        /// The text.
        payload: Payload,
    },
    /// A binary message.
    Binary {
        /// The bytes.
        payload: Payload,
    },
    /// The first frame of a fragmented message.
    First {
        /// Whether the message is binary.
        binary: bool,
        /// The beginning of it.
        payload: Payload,
    },
    /// A frame in the middle of a fragmented message.
    Continue {
        /// A part of it.
        payload: Payload,
    },
    /// The last frame of a fragmented message.
    Last {
        /// The end of it.
        payload: Payload,
    },
    /// A ping.
    Ping {
        /// Up to 125 bytes.
        payload: Option<Payload>,
    },
    /// A pong.
    Pong {
        /// What the ping carried.
        payload: Option<Payload>,
    },
    /// The beginning or the end of the closing handshake.
    Close {
        /// The code, where there is one.
        code: Option<u16>,
        /// The reason, which may be empty.
        reason: String,
    },
    /// Bytes that are no frame of the client's making.
    Bytes {
        /// The bytes.
        payload: Payload,
    },
}

/// A part of an event stream (WHATWG HTML, section 9.2).
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "type", rename_all = "lowercase")]
pub enum Sse {
    /// What stood between two blank lines.
    Event {
        /// The field `id`.
        id: Option<String>,
        /// The field `event`.
        event: Option<String>,
        /// The fields `data`, joined by line breaks.
        data: Option<String>,
        /// The field `retry`.
        retry: Option<String>,
    },
    /// A line that begins with a colon.
    Comment {
        /// What follows the colon.
        text: String,
    },
}

/// How a TCP connection ended.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Ended {
    /// Who ended it: a name, [`SERVER`] among them.
    pub by: String,
    /// `true` for a reset, `false` for an orderly end.
    pub reset: bool,
    /// `true` when it carried WebSocket frames and the client had received no Close: what the client reports is 1006.
    pub abnormal: bool,
}

/// A text on one line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Remark {
    /// The text.
    pub text: String,
}

impl Event {
    /// The payload of a message, or the body of a request or a response.
    pub(crate) fn payload(&mut self) -> Option<&mut Payload> {
        match self {
            Event::Sent(Sent::Request(request)) => request.body.as_mut(),
            Event::Received(Received::Response(response)) => response.body.as_mut(),
            Event::Sent(Sent::Message(Message::Text { payload }))
            | Event::Received(Received::Message(Message::Text { payload })) => Some(payload),
            _ => None,
        }
    }

    /// Applies `change` to every text in it that came from the wire or the script.
    pub(crate) fn each_text(&mut self, change: &mut dyn FnMut(&mut String)) {
        match self {
            Event::Sent(Sent::Request(request)) => {
                change(&mut request.target);
                request
                    .headers
                    .iter_mut()
                    .for_each(|(_, value)| change(value));
                request
                    .body
                    .iter_mut()
                    .for_each(|body| body.each_text(change));
            }
            Event::Received(Received::Response(response)) => {
                response
                    .headers
                    .iter_mut()
                    .for_each(|(_, value)| change(value));
                response
                    .body
                    .iter_mut()
                    .for_each(|body| body.each_text(change));
            }
            Event::Received(Received::Sse(Sse::Comment { text })) => change(text),
            Event::Received(Received::Sse(Sse::Event {
                id, event, data, ..
            })) => {
                [id, event, data].into_iter().flatten().for_each(change);
            }
            Event::Sent(Sent::Message(message)) | Event::Received(Received::Message(message)) => {
                message.each_text(change);
            }
            Event::Remark(remark) | Event::Broke(remark) => change(&mut remark.text),
            Event::Ended(_) => {}
        }
    }
}

impl Message {
    fn each_text(&mut self, change: &mut dyn FnMut(&mut String)) {
        match self {
            Message::Text { payload }
            | Message::Binary { payload }
            | Message::First { payload, .. }
            | Message::Continue { payload }
            | Message::Last { payload }
            | Message::Bytes { payload } => payload.each_text(change),
            Message::Ping { payload } | Message::Pong { payload } => {
                payload
                    .iter_mut()
                    .for_each(|payload| payload.each_text(change));
            }
            Message::Close { reason, .. } => change(reason),
        }
    }
}

impl Received {
    /// Leaves out what a script does not care about.
    pub(crate) fn normalize(&mut self, hide_close_reasons: bool, normalize_json: bool) {
        match self {
            Received::Message(Message::Close { reason, .. }) if hide_close_reasons => {
                reason.clear()
            }
            Received::Message(Message::Text { payload }) if normalize_json => {
                payload.normalize_json()
            }
            Received::Response(Response {
                body: Some(body), ..
            }) if normalize_json => body.normalize_json(),
            _ => {}
        }
    }
}

impl Sse {
    /// An event as a JSON object of the fields that it has; a comment is none.
    pub(crate) fn to_json(&self) -> Option<String> {
        let Sse::Event {
            id,
            event,
            data,
            retry,
        } = self
        else {
            return None;
        };
        let fields = [
            ("id", id),
            ("event", event),
            ("data", data),
            ("retry", retry),
        ];
        let fields = fields
            .into_iter()
            .filter_map(|(name, value)| Some((name, value.as_deref()?)));
        let fields: std::collections::BTreeMap<_, _> = fields.collect();
        Some(serde_json::to_string(&fields).expect("texts are always JSON"))
    }
}
