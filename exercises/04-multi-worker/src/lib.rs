//! Exercise 04: a chat on several workers, and a bus between them.
//!
//! The task is in README.md. Every `todo!` is a place to write, and names its step: steps 1, 2 and 5 are here, 3 and 4 in `redis.rs`.
//! `bus.rs`, `room.rs` and `connection.rs` are finished; read at least `bus.rs`.
// Until you are done, not everything here is used.
#![allow(dead_code, unused_imports, unused_mut, unused_variables)]
// What stands behind a `todo!` is not reached.
#![allow(unreachable_code)]

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering::Relaxed},
    },
    time::Duration,
};

use axum::{
    Router,
    extract::{Path, State, ws::WebSocketUpgrade},
    http::StatusCode,
    response::{IntoResponse, Response},
    routing::{any, get},
};
use futures_util::StreamExt;
use tokio::{runtime::Handle, time::sleep};

mod bus;
mod connection;
mod redis;
mod room;

pub use bus::{Away, Bus, Heard, connect};
use connection::converse;
use room::{Room, Seat};

/// The longest message.
const LONGEST: usize = 64 * 1024;
/// The pauses between attempts to hear the bus again: doubled each time, from the first to the longest.
const PAUSES: (Duration, Duration) = (Duration::from_millis(50), Duration::from_secs(1));

/// A worker on a bus: `/ws/chat/{username}`, and `/ready`.
pub fn app(bus: Arc<dyn Bus>) -> Router {
    let worker = Worker {
        bus,
        room: Room::default(),
        hears: Arc::default(),
    };
    tokio::spawn(listen(worker.clone()));
    Router::new()
        .route("/ws/chat/{username}", any(enter))
        .route("/ready", get(ready))
        .with_state(worker)
}

/// One of several servers. Cloning gives another handle to the same one.
#[derive(Clone)]
struct Worker {
    bus: Arc<dyn Bus>,
    room: Room,
    /// Whether the subscription is in force.
    hears: Arc<AtomicBool>,
}

/// Whether the worker hears the bus: 200 or 503, for whoever decides where new connections go.
async fn ready(State(worker): State<Worker>) -> StatusCode {
    match worker.hears.load(Relaxed) {
        true => StatusCode::OK,
        false => StatusCode::SERVICE_UNAVAILABLE,
    }
}

/// Delivers what the bus says to everyone on this worker, for as long as the worker lives.
async fn listen(worker: Worker) {
    todo!("step 1: subscribe, note that the worker hears, and deliver every text to the room");
    todo!(
        "step 5: the bus is gone, so the worker does not hear any more; after a pause, once more from the beginning"
    )
}

impl Worker {
    /// Says a text to everyone on every worker.
    async fn say(&self, text: &str) -> Result<(), Away> {
        todo!(
            "step 2: where does it go, and where not? step 5: and what when this worker does not hear the bus?"
        )
    }
}

/// Lets a newcomer in and announces it, or refuses with 503 when nobody would hear of it.
async fn enter(
    Path(name): Path<String>,
    State(worker): State<Worker>,
    upgrade: WebSocketUpgrade,
) -> Response {
    let (seat, connection) = worker.room.enter();
    todo!("step 2: announce it with `-> name joined`, or refuse");
    let member = Member { worker, name, seat };
    upgrade
        .read_buffer_size(4096)
        .max_message_size(LONGEST)
        .max_frame_size(LONGEST)
        // If the handshake comes to nothing this closure is dropped, and `member` with it: that is a leaving like any other.
        .on_upgrade(move |socket| converse(socket, member, connection))
}

/// A membership, owned by its connection: dropping it is leaving.
struct Member {
    worker: Worker,
    name: String,
    seat: Seat,
}

impl Member {
    /// Says a text for this member, or tells it that it was not sent.
    async fn say(&self, text: &str) {
        todo!(
            "step 2: `name: text` to everyone, or `! not sent: text` to this member alone (`Seat::tell`)"
        )
    }
}

impl Drop for Member {
    /// Announces that it has left, if the bus is there.
    fn drop(&mut self) {
        let worker = self.worker.clone();
        let left = format!("<- {} left", self.name);
        // A destructor cannot wait, so somebody else does. When the whole worker goes there is nobody.
        if let Ok(runtime) = Handle::try_current() {
            runtime.spawn(async move { worker.say(&left).await });
        }
    }
}
