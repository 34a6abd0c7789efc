//! one_select: one task a connection, with one `select!` over what comes in and what is to go out; out at once, without a Close.

use std::{
    collections::BTreeMap,
    sync::{Arc, RwLock},
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
use futures_util::SinkExt;
use tokio::sync::{Notify, mpsc};

#[derive(Clone, Default)]
struct Chat(Arc<RwLock<BTreeMap<String, Arc<Member>>>>);

struct Member {
    name: String,
    queue: mpsc::Sender<Utf8Bytes>,
    out: Notify,
}

/// In as long as this lives, unless put out before.
struct Stay(Chat, Arc<Member>);

pub fn app() -> Router {
    Router::new()
        .route("/ws/chat/{username}", any(enter))
        .route("/members", get(members))
        .with_state(Chat::default())
}

impl Chat {
    /// With the lock for writing, since readers would not agree on an order.
    fn publish(&self, members: &mut BTreeMap<String, Arc<Member>>, text: String) {
        let text = Utf8Bytes::from(text);
        let mut out = vec![];
        for member in members.values() {
            if member.queue.try_send(text.clone()).is_err() {
                out.push(Arc::clone(member));
            }
        }
        for member in out {
            members.remove(&member.name);
            member.out.notify_one();
            self.publish(members, format!("<- {} left", member.name));
        }
    }
}

impl Drop for Stay {
    fn drop(&mut self) {
        let Stay(chat, me) = self;
        let mut members = chat.0.write().expect("nobody panics");
        if members
            .get(&me.name)
            .is_some_and(|other| Arc::ptr_eq(other, me))
        {
            members.remove(&me.name);
            chat.publish(&mut members, format!("<- {} left", me.name));
        }
    }
}

async fn members(State(chat): State<Chat>) -> Json<Vec<String>> {
    Json(
        chat.0
            .read()
            .expect("nobody panics")
            .keys()
            .cloned()
            .collect(),
    )
}

async fn enter(
    Path(name): Path<String>,
    State(chat): State<Chat>,
    upgrade: WebSocketUpgrade,
) -> Response {
    let (queue, waiting) = mpsc::channel(64);
    let me = {
        let mut members = chat.0.write().expect("nobody panics");
        if members.contains_key(&name) {
            return StatusCode::CONFLICT.into_response();
        }
        let out = Notify::new();
        let me = Arc::new(Member { name, queue, out });
        members.insert(me.name.clone(), Arc::clone(&me));
        chat.publish(&mut members, format!("-> {} joined", me.name));
        me
    };
    let stay = Stay(chat, me);
    upgrade.on_upgrade(async move |socket| {
        let me = Arc::clone(&stay.1);
        tokio::select! {
            () = converse(socket, &stay, waiting) => {}
            () = me.out.notified() => {}
        }
    })
}

async fn converse(
    mut socket: WebSocket,
    Stay(chat, me): &Stay,
    mut queue: mpsc::Receiver<Utf8Bytes>,
) {
    let mut said = 0;
    loop {
        tokio::select! {
            message = socket.recv() => match message {
                Some(Ok(Message::Text(text))) => {
                    {
                        let mut members = chat.0.write().expect("nobody panics");
                        if members.get(&me.name).is_some_and(|other| Arc::ptr_eq(other, me)) {
                            chat.publish(&mut members, format!("{}: {text}", me.name));
                        }
                    }
                    said += 1;
                    if said % 16 == 0 {
                        tokio::task::yield_now().await;
                    }
                }
                Some(Ok(_)) => {}
                Some(Err(_)) | None => return,
            },
            Some(text) = queue.recv() => {
                if socket.feed(Message::Text(text)).await.is_err() {
                    return;
                }
                while let Ok(text) = queue.try_recv() {
                    if socket.feed(Message::Text(text)).await.is_err() {
                        return;
                    }
                }
                if socket.flush().await.is_err() {
                    return;
                }
            }
        }
    }
}
