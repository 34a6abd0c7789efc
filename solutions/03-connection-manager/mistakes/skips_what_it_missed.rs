//! skips_what_it_missed: one `broadcast` for all, and receivers that go on behind a gap as if there were none.

use std::{
    collections::BTreeSet,
    sync::{Arc, Mutex, MutexGuard},
};

use axum::{
    Json, Router,
    extract::{
        Path, State,
        ws::{Message, Utf8Bytes, WebSocket, WebSocketUpgrade},
    },
    http::StatusCode,
    response::{IntoResponse, Response},
    routing::{any, get},
};
use futures_util::{SinkExt, StreamExt};
use tokio::sync::broadcast::{self, error::RecvError};

pub fn app() -> Router {
    let room = Room {
        names: Arc::default(),
        said: broadcast::Sender::new(64),
    };
    Router::new()
        .route("/ws/chat/{username}", any(enter))
        .route("/members", get(members))
        .with_state(room)
}

#[derive(Clone)]
struct Room {
    names: Arc<Mutex<BTreeSet<String>>>,
    said: broadcast::Sender<Utf8Bytes>,
}

struct Member {
    room: Room,
    name: String,
}

impl Room {
    fn lock(&self) -> MutexGuard<'_, BTreeSet<String>> {
        self.names.lock().expect("nobody panics with the lock")
    }

    fn enter(&self, name: String) -> Option<(Member, broadcast::Receiver<Utf8Bytes>)> {
        if !self.lock().insert(name.clone()) {
            return None;
        }
        let queue = self.said.subscribe();
        let _ = self.said.send(format!("-> {name} joined").into());
        let room = self.clone();
        Some((Member { room, name }, queue))
    }
}

impl Drop for Member {
    fn drop(&mut self) {
        self.room.lock().remove(&self.name);
        let _ = self.room.said.send(format!("<- {} left", self.name).into());
    }
}

async fn members(State(room): State<Room>) -> Json<Vec<String>> {
    Json(room.lock().iter().cloned().collect())
}

async fn enter(
    Path(name): Path<String>,
    State(room): State<Room>,
    upgrade: WebSocketUpgrade,
) -> Response {
    let Some((member, queue)) = room.enter(name) else {
        return StatusCode::CONFLICT.into_response();
    };
    upgrade.on_upgrade(move |socket| converse(socket, member, queue))
}

async fn converse(socket: WebSocket, member: Member, mut queue: broadcast::Receiver<Utf8Bytes>) {
    let (mut sink, mut stream) = socket.split();
    let writer = tokio::spawn(async move {
        // ANCHOR: receive
        loop {
            match queue.recv().await {
                Ok(text) => {
                    if sink.send(Message::Text(text)).await.is_err() {
                        return;
                    }
                }
                // So many messages are gone, and neither the member nor anybody else will know.
                Err(RecvError::Lagged(_)) => {}
                Err(RecvError::Closed) => return,
            }
        }
        // ANCHOR_END: receive
    });
    while let Some(Ok(message)) = stream.next().await {
        if let Message::Text(text) = message {
            let text = format!("{}: {text}", member.name);
            let _ = member.room.said.send(text.into());
        }
    }
    writer.abort();
}
