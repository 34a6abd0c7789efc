//! own_queue: no channel, but a `VecDeque` with a `Notify` for each member; a name is in the list from the moment when its socket is open.

use std::{
    collections::{BTreeSet, VecDeque},
    sync::{Arc, Mutex},
    time::Duration,
};

use axum::{
    Json, Router,
    extract::{
        Path, State,
        ws::{CloseFrame, Message, Utf8Bytes, WebSocket, WebSocketUpgrade},
    },
    http::StatusCode,
    response::{IntoResponse, Response},
    routing::{any, get},
};
use futures_util::{SinkExt, StreamExt};
use tokio::{sync::Notify, time::timeout};

type Shared = Arc<Mutex<Room>>;

#[derive(Default)]
struct Room {
    reserved: BTreeSet<String>,
    members: Vec<Arc<Member>>,
}

struct Member {
    name: String,
    queue: Mutex<VecDeque<Utf8Bytes>>,
    news: Notify,
    out: Notify,
}

impl Room {
    fn publish(&mut self, text: String) {
        let text = Utf8Bytes::from(text);
        let (stay, out): (Vec<_>, Vec<_>) = self.members.drain(..).partition(|member| {
            let mut queue = member.queue.lock().expect("nobody panics");
            if queue.len() == 64 {
                return false;
            }
            queue.push_back(text.clone());
            member.news.notify_one();
            true
        });
        self.members = stay;
        for member in out {
            member.out.notify_one();
            self.publish(format!("<- {} left", member.name));
        }
    }

    fn position(&self, member: &Arc<Member>) -> Option<usize> {
        self.members
            .iter()
            .position(|other| Arc::ptr_eq(other, member))
    }
}

/// A name that is taken and not yet used.
struct Reserved(Shared, String);

impl Drop for Reserved {
    fn drop(&mut self) {
        self.0
            .lock()
            .expect("nobody panics")
            .reserved
            .remove(&self.1);
    }
}

/// Somebody who is in.
struct Stay(Shared, Arc<Member>);

impl Stay {
    fn begin(reserved: Reserved) -> Self {
        let room = Arc::clone(&reserved.0);
        let member = Arc::new(Member {
            name: reserved.1.clone(),
            queue: Mutex::default(),
            news: Notify::new(),
            out: Notify::new(),
        });
        {
            let mut room = room.lock().expect("nobody panics");
            room.members.push(Arc::clone(&member));
            room.publish(format!("-> {} joined", member.name));
        }
        Stay(room, member)
    }
}

impl Drop for Stay {
    fn drop(&mut self) {
        let mut room = self.0.lock().expect("nobody panics");
        if let Some(index) = room.position(&self.1) {
            room.members.remove(index);
            room.publish(format!("<- {} left", self.1.name));
        }
    }
}

pub fn app() -> Router {
    Router::new()
        .route("/members", get(members))
        .route("/ws/chat/{username}", any(enter))
        .with_state(Shared::default())
}

async fn members(State(room): State<Shared>) -> Json<Vec<String>> {
    let room = room.lock().expect("nobody panics");
    let mut names: Vec<_> = room
        .members
        .iter()
        .map(|member| member.name.clone())
        .collect();
    names.sort();
    Json(names)
}

async fn enter(
    State(room): State<Shared>,
    Path(name): Path<String>,
    upgrade: WebSocketUpgrade,
) -> Response {
    {
        let mut room = room.lock().expect("nobody panics");
        let taken = room.members.iter().any(|member| member.name == name);
        if taken || !room.reserved.insert(name.clone()) {
            return StatusCode::CONFLICT.into_response();
        }
    }
    let reserved = Reserved(room, name);
    upgrade.on_upgrade(async move |socket| {
        let stay = Stay::begin(reserved);
        converse(socket, &stay).await;
    })
}

async fn converse(socket: WebSocket, stay: &Stay) {
    let Stay(room, me) = stay;
    let (mut sink, mut stream) = socket.split();
    let write = async {
        loop {
            me.news.notified().await;
            loop {
                let next = me.queue.lock().expect("nobody panics").pop_front();
                let Some(text) = next else { break };
                if sink.send(Message::Text(text)).await.is_err() {
                    return;
                }
            }
        }
    };
    let listen = async {
        let mut turn = 0;
        while let Some(Ok(message)) = stream.next().await {
            let Message::Text(text) = message else {
                continue;
            };
            {
                let mut room = room.lock().expect("nobody panics");
                if room.position(me).is_some() {
                    room.publish(format!("{}: {text}", me.name));
                }
            }
            turn += 1;
            if turn % 20 == 0 {
                tokio::task::yield_now().await;
            }
        }
    };
    let out = tokio::select! {
        () = write => false,
        () = listen => false,
        () = me.out.notified() => true,
    };
    if out {
        let close = CloseFrame {
            code: 1013,
            reason: "too slow".into(),
        };
        // Four seconds for the Close to go out, and for the answer to come.
        let goodbye = async {
            let _ = sink.send(Message::Close(Some(close))).await;
            while let Some(Ok(_)) = stream.next().await {}
        };
        let _ = timeout(Duration::from_secs(4), goodbye).await;
    }
}
