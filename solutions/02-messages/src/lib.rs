//! One socket, two kinds of message: text carries JSON commands, binary carries bytes.

use std::{error::Error as _, time::Duration};

use axum::{
    Router,
    extract::ws::{CloseFrame, Message, WebSocket, WebSocketUpgrade, close_code},
    response::Response,
    routing::any,
};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use tokio_tungstenite::tungstenite;
use tracing::{debug, info};

/// The largest message that is accepted, in bytes.
const MAX_MESSAGE: usize = 64 * 1024;
/// How long a peer has to read why it was sent away.
const LINGER: Duration = Duration::from_secs(1);

// ANCHOR: protocol
/// What a client may ask for.
#[derive(Debug, Deserialize)]
#[serde(tag = "op", rename_all = "lowercase")]
enum Command {
    /// What is the sum of these?
    Add { a: i64, b: i64 },
    /// What comes after this?
    Tick { value: i64 },
    /// What is this from its end to its beginning?
    Reverse { text: String },
    /// An `op` that is none of these. It has to be a case of its own: to serde it would be an error
    /// like a wrong field, and a client that is newer than the server wants to know the difference.
    #[serde(other)]
    Unknown,
}

/// What the server answers: the field `event` says which of these it is.
#[derive(Debug, Serialize)]
#[serde(tag = "event", rename_all = "lowercase")]
enum Event {
    /// The sum.
    Sum { value: i64 },
    /// One more than what came.
    Tick { value: i64 },
    /// The text from its end to its beginning.
    Reversed { text: String },
    /// The command was not carried out.
    Error { code: Code },
}

/// What is wrong with a command.
#[derive(Debug, Serialize)]
#[serde(rename_all = "snake_case")]
enum Code {
    /// The text is not JSON.
    BadJson,
    /// There is no command of this name.
    UnknownOp,
    /// A field is missing, or what it holds does not fit.
    BadField,
    /// The command is fine, and its result is beyond an `i64`.
    Overflow,
}
// ANCHOR_END: protocol

// ANCHOR: router
/// The server: `/ws/messages`.
pub fn app() -> Router {
    Router::new().route("/ws/messages", any(upgrade))
}

/// Answers 101 and returns; the conversation runs later, in a task of its own.
async fn upgrade(upgrade: WebSocketUpgrade) -> Response {
    upgrade
        .read_buffer_size(4096)
        // Two limits, because a message may be many frames. The first is the rule. The second refuses
        // a frame at its header, before memory for as much as it announces is set aside.
        .max_message_size(MAX_MESSAGE)
        .max_frame_size(MAX_MESSAGE)
        .on_upgrade(converse)
}
// ANCHOR_END: router

// ANCHOR: converse
/// Answers every message until the peer leaves, or has to be sent away.
async fn converse(mut socket: WebSocket) {
    while let Some(message) = socket.recv().await {
        let reply = match message {
            Ok(Message::Text(text)) => answer(&text).into(),
            Ok(Message::Binary(bytes)) => Message::binary(reversed(&bytes)),
            // All three are answered by tungstenite, or want no answer. They have bytes in them, too,
            // so a `_` here that treats the rest as binary would send them back.
            Ok(Message::Ping(_) | Message::Pong(_) | Message::Close(_)) => continue,
            Err(error) => return send_away(socket, &error).await,
        };
        if let Err(error) = socket.send(reply).await {
            // It left between asking and hearing: that is its right, and no error of ours.
            return debug!(%error, "nobody waits for this answer");
        }
    }
}

impl From<Event> for Message {
    fn from(event: Event) -> Self {
        // JSON is text (RFC 8259), so it goes out as text: a page's `onmessage` gets a string.
        let json = serde_json::to_string(&event).expect("integers and strings are always JSON");
        Message::text(json)
    }
}
// ANCHOR_END: converse

// ANCHOR: answer
/// What to answer to a text: no socket, no waiting, and nothing that can fail.
fn answer(text: &str) -> Event {
    let result = read(text).and_then(carry_out);
    result.unwrap_or_else(|code| Event::Error { code })
}

/// Reads a command. One `from_str::<Command>` would nearly do, but takes the array `["add",2,3]`
/// for a command as well; so it is an object first, and a command after that.
fn read(text: &str) -> Result<Command, Code> {
    let object: Map<String, Value> = serde_json::from_str(text).map_err(|error| {
        // serde_json tells text that is no JSON from JSON of another shape.
        if error.is_data() {
            Code::BadField
        } else {
            Code::BadJson
        }
    })?;
    match Command::deserialize(Value::Object(object)) {
        Ok(Command::Unknown) => Err(Code::UnknownOp),
        Ok(command) => Ok(command),
        Err(_) => Err(Code::BadField),
    }
}

fn carry_out(command: Command) -> Result<Event, Code> {
    Ok(match command {
        // A plain `+` panics in a debug build and wraps around in a release build.
        Command::Add { a, b } => Event::Sum {
            value: a.checked_add(b).ok_or(Code::Overflow)?,
        },
        Command::Tick { value } => Event::Tick {
            value: value.checked_add(1).ok_or(Code::Overflow)?,
        },
        // By `char`: reversed bytes are no UTF-8, and a text message has to be.
        Command::Reverse { text } => Event::Reversed {
            text: text.chars().rev().collect(),
        },
        Command::Unknown => return Err(Code::UnknownOp),
    })
}

/// The same bytes from the last to the first.
fn reversed(bytes: &[u8]) -> Vec<u8> {
    bytes.iter().rev().copied().collect()
}
// ANCHOR_END: answer

// ANCHOR: farewell
/// Ends a conversation in which nothing can be received any more; sending still works.
async fn send_away(mut socket: WebSocket, error: &axum::Error) {
    let Some(close) = farewell(error) else {
        // A reset, a lost network, a closed laptop: it happens all day.
        return debug!(%error, "the peer is gone");
    };
    info!(code = close.code, %error, "the peer is sent away");
    if socket.send(Message::Close(Some(close))).await.is_err() {
        return;
    }
    // After an error nothing can be received, the peer's own Close neither, so there is nothing to wait
    // for. But what it had sent lies unread in the kernel, which makes a reset of the end of this socket,
    // and where a reset overtakes what was not read yet, it takes the reason with it (RFC 6455 section 1.4).
    tokio::time::sleep(LINGER).await;
}

/// The Close that a peer is owed for this error, where there is one to be told.
fn farewell(error: &axum::Error) -> Option<CloseFrame> {
    // An axum::Error keeps the error of the library below it as its source.
    let error = error.source()?.downcast_ref::<tungstenite::Error>()?;
    let (code, reason) = match error {
        tungstenite::Error::Capacity(_) => (close_code::SIZE, "at most 64 KiB in one message"),
        tungstenite::Error::Utf8(_) => (close_code::INVALID, "text has to be UTF-8"),
        // Whoever is gone cannot be told anything.
        _ => return None,
    };
    Some(CloseFrame {
        code,
        // At most 123 bytes (section 5.5), which nobody checks for us: never the error's own text.
        reason: reason.into(),
    })
}
// ANCHOR_END: farewell
