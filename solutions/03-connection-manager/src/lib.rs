//! A chat room in which nobody waits for anybody: who is in, what each is still to hear, and what becomes of those who do not listen.

use std::{
    collections::{BTreeMap, VecDeque},
    future::poll_fn,
    pin::pin,
    sync::{
        Arc, Mutex, MutexGuard,
        atomic::{AtomicBool, Ordering::Relaxed},
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

/// How many messages may wait for one member.
const QUEUE: usize = 64;
/// How long the connection of somebody who was put out may take to end.
const PATIENCE: Duration = Duration::from_secs(5);
/// How many turns a speaker gives to writers who wait for their peers, before it speaks all the same.
const TURNS: usize = 32;
/// The longest message. A bound on the number of messages bounds no memory without one on their length.
const LONGEST: usize = 64 * 1024;

// ANCHOR: router
/// The server: `/ws/chat/{username}`, and `/members` with the names of those who are in.
pub fn app() -> Router {
    Router::new()
        .route("/ws/chat/{username}", any(enter))
        .route("/members", get(members))
        .with_state(Room::default())
}

/// Who is in, sorted.
async fn members(State(room): State<Room>) -> Json<Vec<String>> {
    Json(room.names())
}

/// Lets a newcomer in under a name that is free, or refuses with 409.
async fn enter(
    Path(name): Path<String>,
    State(room): State<Room>,
    upgrade: WebSocketUpgrade,
) -> Response {
    room.give_way().await;
    // Asked and taken in one step: between "is it free?" and "then it is mine" another one would fit.
    let Some((member, seat)) = room.enter(name) else {
        return StatusCode::CONFLICT.into_response();
    };
    upgrade
        .read_buffer_size(4096)
        .max_message_size(LONGEST)
        .max_frame_size(LONGEST)
        // If the handshake comes to nothing this closure is dropped, and `member` with it: that is a leaving like any other.
        .on_upgrade(move |socket| converse(socket, member, seat))
}
// ANCHOR_END: router

// ANCHOR: converse
/// Runs a connection: one task that writes what the room says, and this one, which listens to the member.
async fn converse(socket: WebSocket, member: Member, seat: Seat) {
    let (sink, stream) = socket.split();
    let writer = tokio::spawn(write(sink, seat.queue, seat.waits));
    tokio::select! {
        () = listen(stream, &member) => {}
        // Whoever was put out may still be reading, and then gets to know why. Whoever is not has had its time.
        () = async { drop(seat.put_out.await); sleep(PATIENCE).await } => {}
    }
    // The writer may wait for a peer that never reads; the socket is only closed when both its halves are gone.
    writer.abort();
    member.room.give_way().await;
    // Here `member` is dropped, which is the leaving: also when this task panics or is cancelled.
}

/// Has said what the member says, until it is gone.
async fn listen(mut stream: SplitStream<WebSocket>, member: &Member) {
    // Until `None`, so that a Close is answered.
    while let Some(Ok(message)) = stream.next().await {
        if let Message::Text(text) = message {
            member.say(&text).await;
        }
    }
}

/// Writes what waits in the queue: all of it, then one flush.
async fn write(
    mut sink: SplitSink<WebSocket, Message>,
    mut queue: mpsc::Receiver<Utf8Bytes>,
    waits: Arc<AtomicBool>,
) {
    waits.store(false, Relaxed);
    let mut batch = Vec::with_capacity(QUEUE);
    // One system call for as many messages as there are: a `send` each would be a flush each.
    while queue.recv_many(&mut batch, QUEUE).await > 0 {
        let written = noting(&waits, async {
            for text in batch.drain(..) {
                sink.feed(Message::Text(text)).await?;
            }
            sink.flush().await
        });
        if written.await.is_err() {
            return;
        }
    }
    // The room has let go of its end of the queue: this member was put out.
    let close = CloseFrame {
        code: close_code::AGAIN,
        reason: "you are too far behind".into(),
    };
    let _ = sink.send(Message::Close(Some(close))).await;
}

/// Awaits a future, and notes whether it waits: for the peer, that is, and not for a turn of its task.
async fn noting<F: Future>(waits: &AtomicBool, future: F) -> F::Output {
    let mut future = pin!(future);
    poll_fn(|cx| {
        let poll = future.as_mut().poll(cx);
        waits.store(poll.is_pending(), Relaxed);
        poll
    })
    .await
}
// ANCHOR_END: converse

// ANCHOR: room
/// Who is in. Cloning gives another handle to the same room.
#[derive(Clone, Default)]
struct Room(Arc<Mutex<Inner>>);

#[derive(Default)]
struct Inner {
    /// Sorted by name, which is all that `/members` asks for.
    places: BTreeMap<String, Place>,
    /// How many have ever come: the identity of the next one.
    arrivals: u64,
    /// Whether the last message left a queue more than half full.
    crowded: bool,
}

/// What the room keeps of a member. Dropping it is what puts a member out.
struct Place {
    id: u64,
    queue: mpsc::Sender<Utf8Bytes>,
    /// Whether its writer waits for the peer.
    waits: Arc<AtomicBool>,
    /// Nothing is ever sent: that it is gone is the message.
    _put_out: oneshot::Sender<()>,
}

/// What the connection of a member gets from the room.
struct Seat {
    queue: mpsc::Receiver<Utf8Bytes>,
    waits: Arc<AtomicBool>,
    put_out: oneshot::Receiver<()>,
}

impl Room {
    /// A std lock: it is never held across an `.await`, and the compiler would refuse a task that tried.
    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.0.lock().expect("nobody panics with the lock")
    }

    fn names(&self) -> Vec<String> {
        self.lock().places.keys().cloned().collect()
    }

    /// Lets somebody in and tells everyone, the newcomer included; `None` when the name is taken.
    fn enter(&self, name: String) -> Option<(Member, Seat)> {
        let mut inner = self.lock();
        if inner.places.contains_key(&name) {
            return None;
        }
        inner.arrivals += 1;
        let id = inner.arrivals;
        let (sender, queue) = mpsc::channel(QUEUE);
        let (dropped, put_out) = oneshot::channel();
        // Until there is a writer nobody should wait for it.
        let waits = Arc::new(AtomicBool::new(true));
        let place = Place {
            id,
            queue: sender,
            waits: Arc::clone(&waits),
            _put_out: dropped,
        };
        // First in, then announced, under one lock: so the newcomer hears its own arrival, and nothing before it.
        inner.places.insert(name.clone(), place);
        inner.publish(format!("-> {name} joined"));
        let room = self.clone();
        let seat = Seat {
            queue,
            waits,
            put_out,
        };
        Some((Member { room, name, id }, seat))
    }

    /// Lets the writers catch up when somebody is far behind.
    ///
    /// `try_send` never waits, so a speaker with many messages to hand would fill every queue in one turn of its task,
    /// and put out people who read, and whose writers had no turn. A writer that only needs a turn gets it, however long that takes:
    /// on several threads a count of turns is no promise, since the thread that runs it may be waiting for a core.
    /// A writer that waits for its peer gets a few, and then nobody waits for it.
    async fn give_way(&self) {
        for turn in 0.. {
            match self.lock().behind() {
                Behind::Nobody => return,
                Behind::OnlyThosePeersHoldUp if turn >= TURNS => return,
                Behind::OnlyThosePeersHoldUp | Behind::SomebodyWithoutATurn => {}
            }
            yield_now().await;
        }
    }
}

/// Whose queue is more than half full.
enum Behind {
    Nobody,
    OnlyThosePeersHoldUp,
    SomebodyWithoutATurn,
}

impl Inner {
    /// Tells everyone, and puts out whoever has no room for it.
    ///
    /// Whoever holds the lock speaks: that is the one order on which all members agree.
    fn publish(&mut self, text: String) {
        let mut texts = VecDeque::from([text]);
        while let Some(text) = texts.pop_front() {
            // Made once; what each queue gets is a reference to the same bytes.
            let text = Utf8Bytes::from(text);
            self.crowded = false;
            let mut out = vec![];
            for (name, place) in &self.places {
                // Full: it does not read. Closed: its writer met an error. Neither is a reason to stop telling the others.
                if place.queue.try_send(text.clone()).is_err() {
                    out.push(name.clone());
                }
                self.crowded |= place.is_behind();
            }
            for name in out {
                self.places.remove(&name);
                // A notice is a message like any other, and may be the one too many for the next member.
                texts.push_back(format!("<- {name} left"));
            }
        }
    }

    fn behind(&mut self) -> Behind {
        if !self.crowded {
            return Behind::Nobody;
        }
        let mut behind = Behind::Nobody;
        for place in self.places.values().filter(|place| place.is_behind()) {
            if !place.waits.load(Relaxed) {
                return Behind::SomebodyWithoutATurn;
            }
            behind = Behind::OnlyThosePeersHoldUp;
        }
        self.crowded = !matches!(behind, Behind::Nobody);
        behind
    }
}

impl Place {
    /// A queue whose writer has ended is as full as it will ever be, and waits for nothing.
    fn is_behind(&self) -> bool {
        self.queue.capacity() < QUEUE / 2 && !self.queue.is_closed()
    }
}
// ANCHOR_END: room

// ANCHOR: member
/// A membership, owned by the connection: dropping it is leaving.
struct Member {
    room: Room,
    name: String,
    id: u64,
}

impl Member {
    /// Tells everyone, the speaker included.
    async fn say(&self, text: &str) {
        self.room.give_way().await;
        let mut inner = self.room.lock();
        // Whoever was put out may still be talking, and is not heard.
        if self.is_in(&inner) {
            inner.publish(format!("{}: {text}", self.name));
        }
    }

    /// Whether this very member is in, and not another one of the same name.
    fn is_in(&self, inner: &Inner) -> bool {
        inner
            .places
            .get(&self.name)
            .is_some_and(|place| place.id == self.id)
    }
}

impl Drop for Member {
    /// Leaves, unless it was put out already: so everybody leaves once, however often and from wherever it is tried.
    fn drop(&mut self) {
        let mut inner = self.room.lock();
        if self.is_in(&inner) {
            inner.places.remove(&self.name);
            inner.publish(format!("<- {} left", self.name));
        }
    }
}
// ANCHOR_END: member
