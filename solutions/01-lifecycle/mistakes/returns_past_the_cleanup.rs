//! returns_past_the_cleanup: counts down behind the loop, and a failed send jumps over it.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering::Relaxed},
};

use axum::{
    Error, Router,
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
        upgrade.on_upgrade(async |socket| {
            let _ = converse(socket, count).await;
        })
    };
    let connections = async |State(count): State<Count>| count.load(Relaxed).to_string();
    Router::new()
        .route("/ws/echo", any(upgrade))
        .route("/connections", get(connections))
        .with_state(Count::default())
}

async fn converse(mut socket: WebSocket, count: Count) -> Result<(), Error> {
    count.fetch_add(1, Relaxed);
    while let Some(Ok(message)) = socket.recv().await {
        match message {
            Message::Text(text) if text == "quit" => {
                say_goodbye(socket).await;
                break;
            }
            // This `?` leaves the function, and the count where it is.
            Message::Text(text) => socket.send(Message::text(format!("echo: {text}"))).await?,
            _ => {}
        }
    }
    count.fetch_sub(1, Relaxed);
    Ok(())
}
