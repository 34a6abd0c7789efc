//! An echo server that behaves at both ends of a connection, and knows how many are open.

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

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

// ANCHOR: router
/// The server: `/ws/echo`, and `/connections` with the number of open sockets.
pub fn app() -> Router {
    Router::new()
        // `any`, because over HTTP/2 the handshake is a CONNECT and not a GET (RFC 8441).
        .route("/ws/echo", any(upgrade))
        .route("/connections", get(connections))
        .with_state(Count::default())
}

/// Answers 101 and returns; the conversation runs later, in a task of its own.
async fn upgrade(upgrade: WebSocketUpgrade, State(count): State<Count>) -> Response {
    upgrade
        // The default of 128 KiB is allocated for every connection: with it an idle socket
        // costs 133 KiB, with 4 KiB it costs 6 (axum 0.8.9).
        .read_buffer_size(4096)
        // One person who is here: made inside the task, so that an upgrade which fails counts nobody.
        .on_upgrade(move |socket| async move {
            let _here = count.enter();
            converse(socket).await;
        })
}

async fn connections(State(count): State<Count>) -> String {
    count.get().to_string()
}
// ANCHOR_END: router

// ANCHOR: echo_loop
/// Echoes until either side says goodbye, or the peer is gone.
async fn converse(mut socket: WebSocket) {
    // `None` is the end after a proper Close, `Err` any other; neither can be followed by anything.
    while let Some(Ok(message)) = socket.recv().await {
        match message {
            Message::Text(text) if text == "quit" => return say_goodbye(socket).await,
            Message::Text(text) => {
                let echo = Message::text(format!("echo: {text}"));
                if socket.send(echo).await.is_err() {
                    // The peer vanished between asking and hearing: nobody is left to tell.
                    return;
                }
            }
            // Binary is not ours to echo. Pings are answered by tungstenite. A Close is, too, but only
            // when the socket is polled once more, so we go on until `None` instead of leaving here.
            Message::Binary(_) | Message::Ping(_) | Message::Pong(_) | Message::Close(_) => {}
        }
    }
}
// ANCHOR_END: echo_loop

// ANCHOR: close
/// Starts the closing handshake (RFC 6455 section 7.1.2) and sees it through.
async fn say_goodbye(mut socket: WebSocket) {
    let close = CloseFrame {
        code: close_code::NORMAL,
        reason: "you asked for it".into(),
    };
    if socket.send(Message::Close(Some(close))).await.is_err() {
        return;
    }
    // What the peer had sent before it saw our Close still has to be read: bytes that are unread
    // when a socket is dropped turn its end into a reset. A peer that is gone never answers, hence the limit.
    let drain = async { while let Some(Ok(_)) = socket.recv().await {} };
    let _ = tokio::time::timeout(PATIENCE, drain).await;
}
// ANCHOR_END: close

// ANCHOR: guard
/// How many sockets are open.
#[derive(Clone, Default)]
struct Count(Arc<AtomicUsize>);

impl Count {
    /// Counts one more, until the guard is dropped.
    fn enter(&self) -> Here {
        self.0.fetch_add(1, Ordering::Relaxed);
        Here(self.clone())
    }

    fn get(&self) -> usize {
        // Relaxed is enough: the number orders nothing else.
        self.0.load(Ordering::Relaxed)
    }
}

/// One socket that is open. Its destructor runs however the task ends: a return, an error, a panic.
struct Here(Count);

impl Drop for Here {
    fn drop(&mut self) {
        self.0.0.fetch_sub(1, Ordering::Relaxed);
    }
}
// ANCHOR_END: guard
