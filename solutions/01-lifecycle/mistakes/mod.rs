//! Servers that are wrong, each in one way that people are wrong in. What is right about them is here.

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering::Relaxed},
    },
    time::Duration,
};

use axum::{
    Router,
    extract::{
        State,
        ws::{CloseFrame, Message, WebSocket, WebSocketUpgrade, close_code},
    },
    routing::{any, get},
};

pub mod continues_on_error;
pub mod counts_only_clean_closes;
pub mod counts_twice;
pub mod drops_the_guard_at_once;
pub mod echoes_binary_as_text;
pub mod echoes_quit;
pub mod leaves_at_close;
pub mod quit_drops_the_socket;
pub mod quit_echoes_on;
pub mod quit_just_leaves;
pub mod quit_limits_each_receive;
pub mod quit_waits_for_ever;
pub mod quit_without_a_code;
pub mod returns_past_the_cleanup;
pub mod sends_close_back;
pub mod text_only_loop;
pub mod unwraps_every_message;

/// A server that routes and counts as it should, and converses like this.
pub fn serve<F>(converse: fn(WebSocket) -> F) -> Router
where
    F: Future<Output = ()> + Send + 'static,
{
    let upgrade = async move |upgrade: WebSocketUpgrade, State(count): State<Arc<AtomicUsize>>| {
        upgrade.on_upgrade(async move |socket| {
            let _here = Here::enter(&count);
            converse(socket).await;
        })
    };
    Router::new()
        .route("/ws/echo", any(upgrade))
        .route("/connections", get(connections))
        .with_state(Arc::new(AtomicUsize::new(0)))
}

async fn connections(State(count): State<Arc<AtomicUsize>>) -> String {
    count.load(Relaxed).to_string()
}

/// One who is here.
struct Here(Arc<AtomicUsize>);

impl Here {
    fn enter(count: &Arc<AtomicUsize>) -> Self {
        count.fetch_add(1, Relaxed);
        Here(Arc::clone(count))
    }
}

impl Drop for Here {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Relaxed);
    }
}

/// Echoes as it should.
async fn converse(mut socket: WebSocket) {
    while let Some(Ok(message)) = socket.recv().await {
        match message {
            Message::Text(text) if text == "quit" => return say_goodbye(socket).await,
            Message::Text(text) => {
                let echo = Message::text(format!("echo: {text}"));
                if socket.send(echo).await.is_err() {
                    return;
                }
            }
            _ => {}
        }
    }
}

/// Starts the closing handshake, and sees it through.
pub async fn say_goodbye(mut socket: WebSocket) {
    let close = CloseFrame {
        code: close_code::NORMAL,
        reason: "".into(),
    };
    let _ = socket.send(Message::Close(Some(close))).await;
    let drain = async { while let Some(Ok(_)) = socket.recv().await {} };
    let _ = tokio::time::timeout(Duration::from_secs(5), drain).await;
}
