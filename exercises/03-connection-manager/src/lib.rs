//! Exercise 03: a chat room in which nobody waits for anybody.
//!
//! The task is in README.md. Every `todo!` is a place to write, and names its step; change whatever else you like.
#![allow(dead_code, unused)] // Until you are done: not everything here is used before the last step.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, MutexGuard},
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

/// The server: `/ws/chat/{username}`, and `/members` with the names of those who are in.
pub fn app() -> Router {
    todo!(
        "step 1: route /ws/chat/{{username}} to `enter` and /members to `members`, with a `Room` as their state"
    )
}

/// Who is in, sorted.
async fn members(State(room): State<Room>) -> Json<Vec<String>> {
    todo!("step 1: the names in the room")
}

/// Lets a newcomer in under a name that is free, or refuses with 409.
async fn enter(
    Path(name): Path<String>,
    State(room): State<Room>,
    upgrade: WebSocketUpgrade,
) -> Response {
    todo!("step 2: take the name, or answer 409; then have `converse` run with the socket")
}

/// Runs a connection: one task that writes what the room says, and this one, which listens to the member.
async fn converse(socket: WebSocket, member: Member, queue: mpsc::Receiver<Utf8Bytes>) {
    todo!(
        "step 2: split the socket and spawn `write`; step 3: have said what the member says; step 5: end, when it was put out"
    )
}

/// Writes what waits in the queue: all of it, then one flush.
async fn write(mut sink: SplitSink<WebSocket, Message>, mut queue: mpsc::Receiver<Utf8Bytes>) {
    todo!(
        "step 2: feed what is in the queue, then flush; step 5: the queue was closed, so say goodbye"
    )
}

/// Who is in. Cloning gives another handle to the same room.
#[derive(Clone, Default)]
struct Room(Arc<Mutex<Inner>>);

#[derive(Default)]
struct Inner {
    /// Sorted by name, which is all that `/members` asks for.
    places: BTreeMap<String, Place>,
    /// How many have ever come: the identity of the next one.
    arrivals: u64,
}

/// What the room keeps of a member.
struct Place {
    id: u64,
    queue: mpsc::Sender<Utf8Bytes>,
}

impl Room {
    /// Never held across an `.await`.
    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.0.lock().expect("nobody panics with the lock")
    }

    /// Lets somebody in and tells everyone, the newcomer included; `None` when the name is taken.
    fn enter(&self, name: String) -> Option<(Member, mpsc::Receiver<Utf8Bytes>)> {
        todo!("step 2: a place of its own with a queue, then `-> name joined` to everyone")
    }

    /// Lets the writers catch up when somebody is far behind.
    async fn give_way(&self) {
        todo!("step 6: `try_send` never waits, so a burst fills every queue in one turn")
    }
}

impl Inner {
    /// Tells everyone, and puts out whoever has no room for it.
    fn publish(&mut self, text: String) {
        todo!(
            "step 2: one text, into every queue, without waiting; step 5: out with those whose queue is full"
        )
    }
}

/// A membership, owned by the connection: dropping it is leaving (step 4).
struct Member {
    room: Room,
    name: String,
    id: u64,
}

impl Member {
    /// Tells everyone, the speaker included.
    async fn say(&self, text: &str) {
        todo!("step 3: `name: text`, to everyone; step 5: unless this member was put out")
    }
}
