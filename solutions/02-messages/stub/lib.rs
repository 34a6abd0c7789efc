//! Exercise 02: one socket, two kinds of message: text carries JSON commands, binary carries bytes.
//!
//! The task is in README.md. Every `todo!` is a place to write, and names its step; change whatever else you like.
#![allow(dead_code, unused)] // Until you are done: not everything here is used before the last step.

use std::error::Error as _;

use axum::{
    Router,
    extract::ws::{CloseFrame, Message, WebSocket, WebSocketUpgrade, close_code},
    response::Response,
    routing::any,
};
use serde::{Deserialize, Serialize};
use tokio_tungstenite::tungstenite;
use tracing::{debug, info};

/// The largest message that is accepted, in bytes.
const MAX_MESSAGE: usize = 64 * 1024;

/// What a client may ask for.
#[derive(Debug, Deserialize)]
// Step 1: the field `op` says which of these it is. serde has an attribute for that, and one for the spelling.
enum Command {
    /// What is the sum of these?
    Add { a: i64, b: i64 },
    // Step 2: `tick` and `reverse`.
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

/// The server: `/ws/messages`.
pub fn app() -> Router {
    Router::new().route("/ws/messages", any(upgrade))
}

/// Answers 101 and returns; the conversation runs later, in a task of its own.
async fn upgrade(upgrade: WebSocketUpgrade) -> Response {
    // Step 5: limits belong here, before the socket exists.
    upgrade.on_upgrade(converse)
}

/// Answers every message until the peer leaves, or has to be sent away.
async fn converse(mut socket: WebSocket) {
    todo!("step 1: answer text with what `answer` makes of it; step 4: bytes; step 5: errors")
}

/// What to answer to a text: no socket, no waiting, and nothing that can fail.
fn answer(text: &str) -> Event {
    todo!("step 1: read the text as a Command, and carry it out; step 3: say what is wrong with it")
}

/// The same bytes from the last to the first.
fn reversed(bytes: &[u8]) -> Vec<u8> {
    todo!("step 4: reverse them")
}

/// The Close that a peer is owed for this error, where there is one to be told.
fn farewell(error: &axum::Error) -> Option<CloseFrame> {
    // An axum::Error keeps the error of the library below it as its source.
    let error = error.source()?.downcast_ref::<tungstenite::Error>()?;
    todo!("step 5: which error wants 1009, which one 1007, and which none at all?")
}
