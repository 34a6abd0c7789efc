//! Exercise 01: an echo server that behaves at both ends of a connection, and knows how many are open.
//!
//! The task is in README.md. Every `todo!` is a place to write, and names its step; change whatever else you like.
// Until you are done, not everything here is used.
#![allow(dead_code, unused_imports, unused_mut, unused_variables)]

use std::time::Duration;

use axum::{
    Router,
    extract::{
        State,
        ws::{CloseFrame, Message, WebSocket, WebSocketUpgrade, close_code},
    },
    response::Response,
    routing::{any, get},
};

/// How long a peer may take to answer our Close. Time is tokio's: the check lets it pass without waiting.
const PATIENCE: Duration = Duration::from_secs(5);

/// The server: `/ws/echo`, and `/connections` with the number of open sockets.
pub fn app() -> Router {
    todo!("step 1: route /ws/echo to `upgrade` and /connections to `connections`")
}

/// Answers 101 and returns; the conversation runs later, in a task of its own.
async fn upgrade(upgrade: WebSocketUpgrade) -> Response {
    todo!("step 2: accept the upgrade, and have `converse` run with the socket")
}

/// Echoes until either side says goodbye, or the peer is gone.
async fn converse(mut socket: WebSocket) {
    todo!(
        "step 2: answer each text with `echo: ` and the text; step 3: survive everything that is not text"
    )
}

/// Starts the closing handshake (RFC 6455 section 7.1.2) and sees it through.
async fn say_goodbye(mut socket: WebSocket) {
    todo!("step 4: send Close 1000, then wait for the peer's, for at most PATIENCE")
}

/// How many sockets are open, as plain text.
async fn connections() -> String {
    todo!("step 5: count who is here, and who is not any more")
}
