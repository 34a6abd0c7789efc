//! Servers that are wrong, each in one way that people are wrong in. What is right about them is here.

use std::error::Error as _;

use axum::{
    Router,
    extract::ws::{CloseFrame, Message, WebSocket, WebSocketUpgrade, close_code},
    routing::any,
};
use serde::Deserialize;
use serde_json::{Value, json};
use tokio_tungstenite::tungstenite;

pub mod a_missing_op_is_unknown;
pub mod a_task_per_command;
pub mod adds_with_plus;
pub mod all_the_rest_is_bytes;
pub mod an_unknown_op_is_a_field;
pub mod calls_everything_bad_json;
pub mod closes_on_bad_json;
pub mod commands_in_binary;
pub mod counts_characters;
pub mod default_limits;
pub mod drops_empty_frames;
pub mod encodes_twice;
pub mod enum_without_a_tag;
pub mod explains_at_length;
pub mod json_as_binary;
pub mod leaves_at_an_error;
pub mod leaves_at_close;
pub mod leaves_on_bad_json;
pub mod limits_are_not_there_yet;
pub mod limits_frames_only;
pub mod logs_a_leaving_client;
pub mod never_lets_go;
pub mod numbers_as_doubles;
pub mod one_code_for_every_error;
pub mod reverses_bytes;
pub mod saturates;
pub mod says_nothing_to_nonsense;
pub mod untagged_commands;
pub mod unwraps_reversed_bytes;
pub mod unwraps_the_parse;
pub mod wraps_around;

pub const MAX_MESSAGE: usize = 64 * 1024;

/// A server that routes and limits as it should, and converses like this.
pub fn serve<F>(converse: fn(WebSocket) -> F) -> Router
where
    F: Future<Output = ()> + Send + 'static,
{
    let upgrade = async move |upgrade: WebSocketUpgrade| {
        upgrade
            .max_message_size(MAX_MESSAGE)
            .max_frame_size(MAX_MESSAGE)
            .on_upgrade(converse)
    };
    Router::new().route("/ws/messages", any(upgrade))
}

/// A server that answers texts like this, and does all else as it should.
pub fn serve_answers(answer: fn(&str) -> Value) -> Router {
    let upgrade = async move |upgrade: WebSocketUpgrade| {
        let reply = move |message| match message {
            Message::Text(text) => Some(Message::text(answer(&text).to_string())),
            other => reply(other),
        };
        upgrade
            .max_message_size(MAX_MESSAGE)
            .max_frame_size(MAX_MESSAGE)
            .on_upgrade(move |socket| converse(socket, reply))
    };
    Router::new().route("/ws/messages", any(upgrade))
}

/// A server that carries out commands like this, and does all else as it should.
pub fn serve_commands(carry_out: fn(Command) -> Outcome) -> Router {
    let upgrade = async move |upgrade: WebSocketUpgrade| {
        let reply = move |message| match message {
            Message::Text(text) => {
                let event = read(&text).and_then(carry_out).unwrap_or_else(error);
                Some(Message::text(event.to_string()))
            }
            other => reply(other),
        };
        upgrade
            .max_message_size(MAX_MESSAGE)
            .max_frame_size(MAX_MESSAGE)
            .on_upgrade(move |socket| converse(socket, reply))
    };
    Router::new().route("/ws/messages", any(upgrade))
}

/// Converses as one should, with these replies.
pub async fn converse(mut socket: WebSocket, reply: impl Fn(Message) -> Option<Message>) {
    while let Some(message) = socket.recv().await {
        let message = match message {
            Ok(message) => message,
            Err(error) => return send_away(socket, &error).await,
        };
        if let Some(reply) = reply(message)
            && socket.send(reply).await.is_err()
        {
            return;
        }
    }
}

/// The right reply.
pub fn reply(message: Message) -> Option<Message> {
    match message {
        Message::Text(text) => Some(Message::text(answer(&text).to_string())),
        Message::Binary(bytes) => Some(Message::binary(reversed(&bytes))),
        _ => None,
    }
}

/// What a client may ask for.
#[derive(Deserialize)]
#[serde(tag = "op", rename_all = "lowercase")]
pub enum Command {
    Add {
        a: i64,
        b: i64,
    },
    Tick {
        value: i64,
    },
    Reverse {
        text: String,
    },
    #[serde(other)]
    Unknown,
}

/// An event, or the code of an error.
pub type Outcome = Result<Value, &'static str>;

pub fn answer(text: &str) -> Value {
    read(text).and_then(carry_out).unwrap_or_else(error)
}

pub fn read(text: &str) -> Result<Command, &'static str> {
    serde_json::from_str(text).map_err(|error| {
        if error.is_data() {
            "bad_field"
        } else {
            "bad_json"
        }
    })
}

pub fn carry_out(command: Command) -> Outcome {
    match command {
        Command::Add { a, b } => {
            let sum = a.checked_add(b).ok_or("overflow")?;
            Ok(json!({ "event": "sum", "value": sum }))
        }
        Command::Tick { value } => {
            let next = value.checked_add(1).ok_or("overflow")?;
            Ok(json!({ "event": "tick", "value": next }))
        }
        Command::Reverse { text } => {
            let text: String = text.chars().rev().collect();
            Ok(json!({ "event": "reversed", "text": text }))
        }
        Command::Unknown => Err("unknown_op"),
    }
}

pub fn error(code: &'static str) -> Value {
    json!({ "event": "error", "code": code })
}

pub fn reversed(bytes: &[u8]) -> Vec<u8> {
    bytes.iter().rev().copied().collect()
}

/// Says why, where somebody is there to hear it.
pub async fn send_away(mut socket: WebSocket, error: &axum::Error) {
    if let Some(close) = farewell(error) {
        let _ = socket.send(Message::Close(Some(close))).await;
    }
}

pub fn farewell(error: &axum::Error) -> Option<CloseFrame> {
    let code = match error.source()?.downcast_ref()? {
        tungstenite::Error::Capacity(_) => close_code::SIZE,
        tungstenite::Error::Utf8(_) => close_code::INVALID,
        _ => return None,
    };
    let reason = "".into();
    Some(CloseFrame { code, reason })
}
