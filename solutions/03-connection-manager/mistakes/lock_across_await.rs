//! lock_across_await: holds the lock of the room while it sends, so that one peer that does not read stops everything.

use std::{collections::BTreeMap, sync::Arc};

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
use futures_util::{SinkExt, StreamExt, stream::SplitSink};
use tokio::sync::Mutex;

pub fn app() -> Router {
    Router::new()
        .route("/ws/chat/{username}", any(enter))
        .route("/members", get(members))
        .with_state(Room::default())
}

#[derive(Clone, Default)]
struct Room(Arc<Mutex<BTreeMap<String, Option<Sink>>>>);

/// `None` until the socket is open.
type Sink = SplitSink<WebSocket, Message>;

impl Room {
    // ANCHOR: publish
    async fn publish(&self, text: String) {
        let text = Utf8Bytes::from(text);
        // A tokio Mutex, because the compiler refused the other one here. It was right.
        let mut members = self.0.lock().await;
        for sink in members.values_mut().flatten() {
            let _ = sink.send(Message::Text(text.clone())).await;
        }
    }
    // ANCHOR_END: publish
}

async fn members(State(room): State<Room>) -> Json<Vec<String>> {
    Json(room.0.lock().await.keys().cloned().collect())
}

async fn enter(
    Path(name): Path<String>,
    State(room): State<Room>,
    upgrade: WebSocketUpgrade,
) -> Response {
    {
        let mut members = room.0.lock().await;
        if members.contains_key(&name) {
            return StatusCode::CONFLICT.into_response();
        }
        members.insert(name.clone(), None);
    }
    upgrade.on_upgrade(async move |socket| {
        let (sink, mut stream) = socket.split();
        room.0.lock().await.insert(name.clone(), Some(sink));
        room.publish(format!("-> {name} joined")).await;
        while let Some(Ok(message)) = stream.next().await {
            if let Message::Text(text) = message {
                room.publish(format!("{name}: {text}")).await;
            }
        }
        room.0.lock().await.remove(&name);
        room.publish(format!("<- {name} left")).await;
    })
}
