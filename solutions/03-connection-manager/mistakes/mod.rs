//! Servers that are wrong, each in one way that people are wrong in. What is right about them is here.

use std::{
    collections::{BTreeMap, VecDeque},
    sync::{
        Arc, Mutex, MutexGuard,
        atomic::{AtomicUsize, Ordering::Relaxed},
    },
    time::Duration,
};

use axum::{
    Json, Router,
    extract::{
        Path, State,
        ws::{CloseFrame, Message, Utf8Bytes, WebSocket, WebSocketUpgrade, close_code},
    },
    http::StatusCode,
    response::{IntoResponse, Response},
    routing::{any, get},
};
use futures_util::{
    SinkExt, StreamExt,
    stream::{SplitSink, SplitStream},
};
use tokio::{
    sync::{mpsc, oneshot},
    task::yield_now,
    time::sleep,
};

pub mod a_full_queue_is_ignored;
pub mod announces_before_inserting;
pub mod awaits_each_member;
pub mod breaks_at_the_first_dead;
pub mod checks_then_inserts;
pub mod echoes_to_itself_first;
pub mod lagged_ends_the_loop;
pub mod leaves_at_close;
pub mod leaves_only_at_close;
pub mod leaves_the_writer_behind;
pub mod leaves_twice;
pub mod left_at_close_and_again;
pub mod lock_across_await;
pub mod never_cuts_off;
pub mod never_flushes;
pub mod never_gives_way;
pub mod overwrites_a_place;
pub mod put_out_and_still_heard;
pub mod queue_of_48;
pub mod queue_of_8;
pub mod refuses_after_the_upgrade;
pub mod removes_by_name;
pub mod skips_what_it_missed;
pub mod speaks_binary;
pub mod stops_at_the_first_dead;
pub mod task_per_send;
pub mod text_only_loop;
pub mod unbounded_queue;

/// How many messages may wait for one member.
pub const QUEUE: usize = 64;

/// A chat, as far as connections are concerned.
pub trait Chat: Clone + Send + Sync + 'static {
    /// Dropping it is leaving.
    type Member: Send + Sync + 'static;

    fn names(&self) -> Vec<String>;

    /// `None` when the name is taken.
    fn enter(&self, name: String) -> Option<(Self::Member, Seat)>;

    fn say(&self, member: &Self::Member, text: &str) -> impl Future<Output = ()> + Send;
}

/// What the connection of a member gets from the room.
pub struct Seat {
    pub queue: mpsc::Receiver<Utf8Bytes>,
    pub put_out: oneshot::Receiver<()>,
}

/// A server that routes, reads and writes as it should, with a chat like this.
pub fn serve<C: Chat>(chat: C) -> Router {
    Router::new()
        .route("/ws/chat/{username}", any(enter::<C>))
        .route("/members", get(members::<C>))
        .with_state(chat)
}

pub async fn members<C: Chat>(State(chat): State<C>) -> Json<Vec<String>> {
    Json(chat.names())
}

/// A server with this chat, whose connections are run like this.
pub fn serve_chat<C: Chat, F>(chat: C, converse: fn(WebSocket, C, C::Member, Seat) -> F) -> Router
where
    F: Future<Output = ()> + Send + 'static,
{
    let enter =
        async move |Path(name): Path<String>, State(chat): State<C>, upgrade: WebSocketUpgrade| {
            match chat.enter(name) {
                Some((member, seat)) => {
                    upgrade.on_upgrade(move |socket| converse(socket, chat, member, seat))
                }
                None => StatusCode::CONFLICT.into_response(),
            }
        };
    Router::new()
        .route("/ws/chat/{username}", any(enter))
        .route("/members", get(members::<C>))
        .with_state(chat)
}

async fn enter<C: Chat>(
    Path(name): Path<String>,
    State(chat): State<C>,
    upgrade: WebSocketUpgrade,
) -> Response {
    let Some((member, seat)) = chat.enter(name) else {
        return StatusCode::CONFLICT.into_response();
    };
    upgrade.on_upgrade(async move |socket| converse(socket, &chat, &member, seat).await)
}

pub async fn converse<C: Chat>(socket: WebSocket, chat: &C, member: &C::Member, seat: Seat) {
    let (sink, stream) = socket.split();
    let writer = tokio::spawn(write(sink, seat.queue));
    tokio::select! {
        () = listen(stream, chat, member) => {}
        () = async { drop(seat.put_out.await); sleep(Duration::from_secs(5)).await } => {}
    }
    writer.abort();
}

pub async fn listen<C: Chat>(mut stream: SplitStream<WebSocket>, chat: &C, member: &C::Member) {
    while let Some(Ok(message)) = stream.next().await {
        if let Message::Text(text) = message {
            chat.say(member, &text).await;
        }
    }
}

pub async fn write(mut sink: SplitSink<WebSocket, Message>, mut queue: mpsc::Receiver<Utf8Bytes>) {
    while let Some(text) = queue.recv().await {
        if sink.send(Message::Text(text)).await.is_err() {
            return;
        }
    }
    let close = CloseFrame {
        code: close_code::AGAIN,
        reason: "".into(),
    };
    let _ = sink.send(Message::Close(Some(close))).await;
}

/// A room that does everything right, for those who do something else wrong.
#[derive(Clone, Default)]
pub struct Room {
    inner: Arc<Mutex<Inner>>,
    said: Arc<AtomicUsize>,
}

#[derive(Default)]
pub struct Inner {
    pub places: BTreeMap<String, Place>,
    pub arrivals: u64,
}

pub struct Place {
    pub id: u64,
    pub queue: mpsc::Sender<Utf8Bytes>,
    _put_out: oneshot::Sender<()>,
}

impl Room {
    pub fn lock(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().expect("nobody panics with the lock")
    }

    pub fn names(&self) -> Vec<String> {
        self.lock().places.keys().cloned().collect()
    }

    pub fn enter(&self, name: String) -> Option<(Member, Seat)> {
        let mut inner = self.lock();
        if inner.places.contains_key(&name) {
            return None;
        }
        let (id, seat) = inner.insert(&name, QUEUE);
        inner.publish(format!("-> {name} joined"));
        let room = self.clone();
        Some((Member { room, name, id }, seat))
    }

    pub async fn give_way(&self) {
        if self.said.fetch_add(1, Relaxed) % 32 == 31 {
            yield_now().await;
        }
    }
}

impl Inner {
    pub fn insert(&mut self, name: &str, capacity: usize) -> (u64, Seat) {
        self.arrivals += 1;
        let id = self.arrivals;
        let (sender, queue) = mpsc::channel(capacity);
        let (dropped, put_out) = oneshot::channel();
        let place = Place {
            id,
            queue: sender,
            _put_out: dropped,
        };
        self.places.insert(name.to_owned(), place);
        (id, Seat { queue, put_out })
    }

    pub fn publish(&mut self, text: String) {
        let mut texts = VecDeque::from([text]);
        while let Some(text) = texts.pop_front() {
            let text = Utf8Bytes::from(text);
            self.places.retain(|name, place| {
                let sent = place.queue.try_send(text.clone());
                if sent.is_err() {
                    texts.push_back(format!("<- {name} left"));
                }
                sent.is_ok()
            });
        }
    }

    pub fn is_in(&self, name: &str, id: u64) -> bool {
        self.places.get(name).is_some_and(|place| place.id == id)
    }
}

impl Chat for Room {
    type Member = Member;

    fn names(&self) -> Vec<String> {
        Room::names(self)
    }

    fn enter(&self, name: String) -> Option<(Member, Seat)> {
        Room::enter(self, name)
    }

    async fn say(&self, member: &Member, text: &str) {
        member.say(text).await;
    }
}

/// A membership: dropping it is leaving.
pub struct Member {
    pub room: Room,
    pub name: String,
    pub id: u64,
}

impl Member {
    pub async fn say(&self, text: &str) {
        {
            let mut inner = self.room.lock();
            if inner.is_in(&self.name, self.id) {
                inner.publish(format!("{}: {text}", self.name));
            }
        }
        self.room.give_way().await;
    }
}

impl Drop for Member {
    fn drop(&mut self) {
        let mut inner = self.room.lock();
        if inner.is_in(&self.name, self.id) {
            inner.places.remove(&self.name);
            inner.publish(format!("<- {} left", self.name));
        }
    }
}
