//! counts_only_clean_closes: counts down where a Close arrives, and most clients leave without one.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering::Relaxed},
};

use axum::{
    Router,
    extract::{
        State,
        ws::{Message, WebSocket, WebSocketUpgrade},
    },
    routing::{any, get},
};

use super::say_goodbye;

type Count = Arc<AtomicUsize>;

pub fn app() -> Router {
    let upgrade = async |upgrade: WebSocketUpgrade, State(count): State<Count>| {
        upgrade.on_upgrade(move |socket| converse(socket, count))
    };
    let connections = async |State(count): State<Count>| count.load(Relaxed).to_string();
    Router::new()
        .route("/ws/echo", any(upgrade))
        .route("/connections", get(connections))
        .with_state(Count::default())
}

async fn converse(mut socket: WebSocket, count: Count) {
    count.fetch_add(1, Relaxed);
    while let Some(Ok(message)) = socket.recv().await {
        match message {
            Message::Text(text) if text == "quit" => {
                say_goodbye(socket).await;
                count.fetch_sub(1, Relaxed);
                return;
            }
            Message::Text(text) => {
                let _ = socket.send(Message::text(format!("echo: {text}"))).await;
            }
            // Whoever loses the network never comes here.
            Message::Close(_) => {
                count.fetch_sub(1, Relaxed);
            }
            _ => {}
        }
    }
}
