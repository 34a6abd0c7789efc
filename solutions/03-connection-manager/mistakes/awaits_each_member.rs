//! awaits_each_member: sends to one member after the other, and each waits for the one before.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex},
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
use futures_util::{SinkExt, StreamExt, stream::SplitSink};

pub fn app() -> Router {
    Router::new()
        .route("/ws/chat/{username}", any(enter))
        .route("/members", get(members))
        .with_state(Room::default())
}

/// `None` until the socket is open.
type Sink = Arc<tokio::sync::Mutex<SplitSink<WebSocket, Message>>>;

#[derive(Clone, Default)]
struct Room(Arc<Mutex<BTreeMap<String, Option<Sink>>>>);

impl Room {
    // ANCHOR: publish
    async fn publish(&self, text: String) {
        let text = Utf8Bytes::from(text);
        // A copy of the list, so that nobody holds its lock for long.
        let members: Vec<Sink> = self
            .0
            .lock()
            .expect("nobody panics")
            .values()
            .flatten()
            .cloned()
            .collect();
        for sink in members {
            let _ = sink.lock().await.send(Message::Text(text.clone())).await;
        }
    }
    // ANCHOR_END: publish

    fn remove(&self, name: &str) {
        self.0.lock().expect("nobody panics").remove(name);
    }
}

async fn members(State(room): State<Room>) -> Json<Vec<String>> {
    Json(
        room.0
            .lock()
            .expect("nobody panics")
            .keys()
            .cloned()
            .collect(),
    )
}

async fn enter(
    Path(name): Path<String>,
    State(room): State<Room>,
    upgrade: WebSocketUpgrade,
) -> Response {
    {
        let mut members = room.0.lock().expect("nobody panics");
        if members.contains_key(&name) {
            return StatusCode::CONFLICT.into_response();
        }
        members.insert(name.clone(), None);
    }
    upgrade.on_upgrade(async move |socket| {
        let (sink, mut stream) = socket.split();
        let sink = Arc::new(tokio::sync::Mutex::new(sink));
        room.0
            .lock()
            .expect("nobody panics")
            .insert(name.clone(), Some(sink));
        room.publish(format!("-> {name} joined")).await;
        while let Some(Ok(message)) = stream.next().await {
            if let Message::Text(text) = message {
                room.publish(format!("{name}: {text}")).await;
            }
        }
        room.remove(&name);
        room.publish(format!("<- {name} left")).await;
    })
}
