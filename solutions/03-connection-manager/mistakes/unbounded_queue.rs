//! unbounded_queue: a queue that is never full, until the memory is.

use std::{
    collections::BTreeMap,
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
use tokio::sync::mpsc;

pub fn app() -> Router {
    Router::new()
        .route("/ws/chat/{username}", any(enter))
        .route("/members", get(members))
        .with_state(Room::default())
}

type Places = BTreeMap<String, mpsc::UnboundedSender<Utf8Bytes>>;
type Queue = mpsc::UnboundedReceiver<Utf8Bytes>;

#[derive(Clone, Default)]
struct Room(Arc<Mutex<Places>>);

struct Member {
    room: Room,
    name: String,
}

impl Room {
    fn lock(&self) -> MutexGuard<'_, Places> {
        self.0.lock().expect("nobody panics with the lock")
    }

    fn enter(&self, name: String) -> Option<(Member, Queue)> {
        let mut places = self.lock();
        if places.contains_key(&name) {
            return None;
        }
        // It always has room, so nobody is ever found to be too slow.
        let (sender, queue) = mpsc::unbounded_channel();
        places.insert(name.clone(), sender);
        publish(&places, format!("-> {name} joined"));
        let room = self.clone();
        Some((Member { room, name }, queue))
    }
}

fn publish(places: &Places, text: String) {
    let text = Utf8Bytes::from(text);
    for queue in places.values() {
        let _ = queue.send(text.clone());
    }
}

impl Drop for Member {
    fn drop(&mut self) {
        let mut places = self.room.lock();
        places.remove(&self.name);
        publish(&places, format!("<- {} left", self.name));
    }
}

async fn members(State(room): State<Room>) -> Json<Vec<String>> {
    Json(room.lock().keys().cloned().collect())
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

async fn converse(socket: WebSocket, member: Member, mut queue: Queue) {
    let (mut sink, mut stream) = socket.split();
    let writer = tokio::spawn(async move {
        while let Some(text) = queue.recv().await {
            if sink.send(Message::Text(text)).await.is_err() {
                return;
            }
        }
    });
    while let Some(Ok(message)) = stream.next().await {
        if let Message::Text(text) = message {
            publish(&member.room.lock(), format!("{}: {text}", member.name));
        }
    }
    writer.abort();
}
