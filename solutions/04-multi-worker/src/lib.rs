//! A chat on several workers: what is said goes to a bus, and what the bus says goes to the members.
//!
//! # Layout
//!
//! - here: a worker, its connections, and what it does when the bus is away
//! - `bus`, `redis`: what a bus is, and two of them; `nats` and `rabbitmq` behind features of these names
//! - `room`, `connection`: who is in on this worker, and what is read from and written to each

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
#[cfg(feature = "nats")]
mod nats;
#[cfg(feature = "rabbitmq")]
mod rabbitmq;
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

// ANCHOR: listen
/// Delivers what the bus says to everyone on this worker, for as long as the worker lives.
async fn listen(worker: Worker) {
    let (first, longest) = PAUSES;
    let mut pause = first;
    loop {
        // One subscription for the worker, whoever is in: a thousand members on it are a thousand queues, and not a thousand of these.
        if let Ok(mut heard) = worker.bus.subscribe().await {
            worker.hears.store(true, Relaxed);
            pause = first;
            // Nothing on this way waits for a member, so the broker is never made to keep what this worker has not read.
            while let Some(text) = heard.next().await {
                worker.room.deliver(&text).await;
            }
            worker.hears.store(false, Relaxed);
        }
        // The members stay: dropping them would add a storm of reconnects to the outage.
        // Every worker begins to ask at the same moment, and each doubles its own pause; with hundreds of them add some chance to it.
        sleep(pause).await;
        pause = longest.min(2 * pause);
    }
}
// ANCHOR_END: listen

// ANCHOR: say
impl Worker {
    /// Says a text to everyone on every worker: to the bus, and to nobody else.
    ///
    /// The members of this worker hear it when the bus says it back. A copy that went to them at once would be a second one, or, if what
    /// comes back is then left out for them, in another order than everybody else's.
    async fn say(&self, text: &str) -> Result<(), Away> {
        // A worker that does not hear cannot keep its own members informed, even if the bus would take the text.
        if !self.hears.load(Relaxed) {
            return Err(Away("this worker does not hear it".into()));
        }
        self.bus.publish(text).await
    }
}
// ANCHOR_END: say

// ANCHOR: enter
/// Lets a newcomer in and announces it, or refuses with 503 when nobody would hear of it.
async fn enter(
    Path(name): Path<String>,
    State(worker): State<Worker>,
    upgrade: WebSocketUpgrade,
) -> Response {
    // First a place, then the announcement: so the newcomer hears its own arrival, and nothing after it is missed.
    let (seat, connection) = worker.room.enter();
    let joined = worker.say(&format!("-> {name} joined")).await;
    if joined.is_err() {
        return StatusCode::SERVICE_UNAVAILABLE.into_response();
    }
    let member = Member { worker, name, seat };
    upgrade
        .read_buffer_size(4096)
        .max_message_size(LONGEST)
        .max_frame_size(LONGEST)
        // If the handshake comes to nothing this closure is dropped, and `member` with it: that is a leaving like any other.
        .on_upgrade(move |socket| converse(socket, member, connection))
}
// ANCHOR_END: enter

/// A membership, owned by its connection: dropping it is leaving.
struct Member {
    worker: Worker,
    name: String,
    seat: Seat,
}

impl Member {
    /// Says a text for this member, or tells it that it was not sent.
    async fn say(&self, text: &str) {
        let said = self.worker.say(&format!("{}: {text}", self.name)).await;
        if said.is_err() {
            self.seat.tell(format!("! not sent: {text}")).await;
        }
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
