//! Exercise 07: a feed that survives Monday morning.
//!
//! The task is in README.md. Every `todo!` is a place to write, and names its step; change whatever else you like.
// Until you are done, not everything here is used.
#![allow(dead_code, unused_imports, unused_mut, unused_variables)]

use std::{
    collections::BTreeMap,
    error::Error as _,
    fmt::Debug,
    future::poll_fn,
    pin::pin,
    sync::{
        Arc, Mutex, MutexGuard,
        atomic::{AtomicBool, Ordering::Relaxed},
    },
    time::Duration,
};

use axum::{
    Router,
    extract::{
        State,
        ws::{CloseFrame, Message, Utf8Bytes, WebSocket, WebSocketUpgrade, close_code},
    },
    http::{StatusCode, header::RETRY_AFTER},
    response::{IntoResponse, Response},
    routing::{any, get, post},
    serve::Listener,
};
use futures_util::{
    SinkExt, StreamExt,
    stream::{SplitSink, SplitStream},
};
use tokio::{
    sync::{Notify, OwnedSemaphorePermit, Semaphore, mpsc},
    task::yield_now,
    time::{Instant, sleep, timeout},
};
use tokio_tungstenite::tungstenite;
use tokio_util::{
    sync::CancellationToken,
    task::{TaskTracker, task_tracker::TaskTrackerToken},
};

/// How many bytes are read at once, which is memory that every connection holds even while it is idle. The default is 128 KiB.
/// The clients of a feed say little; a long message takes a few more reads.
const READ_BUFFER: usize = 1024;
/// How many bytes are collected before they are written. Connections hold as much for good once they had it to write.
const WRITE_BUFFER: usize = 16 * 1024;
/// How many turns a publisher gives to writers who wait for their peers, before it publishes all the same.
const TURNS: usize = 32;
/// How long a peer has to read why it was sent away, where it cannot be heard any more.
const LINGER: Duration = Duration::from_secs(1);

/// All the numbers that somebody may have to change on a Monday morning.
#[derive(Debug, Clone)]
pub struct Config {
    /// A client that has been silent for so long is sent a ping.
    pub heartbeat: Duration,
    /// How long it has to answer that, with whatever.
    pub pong_grace: Duration,
    /// How many messages may wait for a client.
    pub queue: usize,
    /// The longest message, in bytes.
    pub max_message: usize,
    /// How many connections there may be.
    pub max_connections: usize,
    /// How many messages a client may send in a second.
    pub rate: u32,
    /// How long the end of a connection may take, and that of the server.
    pub goodbye: Duration,
}

impl Default for Config {
    fn default() -> Self {
        Config {
            heartbeat: Duration::from_secs(20),
            pong_grace: Duration::from_secs(20),
            queue: 64,
            max_message: 16 * 1024,
            max_connections: 100,
            rate: 20,
            goodbye: Duration::from_secs(10),
        }
    }
}

/// Serves until `shutdown` is done; returns when everybody has been told and has gone, or had time enough.
pub async fn serve<L>(
    listener: L,
    config: Config,
    shutdown: impl Future<Output = ()> + Send + 'static,
) where
    L: Listener,
    L::Addr: Debug,
{
    let app = Arc::new(App::new(config));
    let server = axum::serve(listener, router(Arc::clone(&app)));
    tokio::select! {
        _ = server.into_future() => {}
        () = shutdown => todo!(
            "step 5: accept no more, tell every conversation, and wait for them, but not for those who never answer"
        ),
    }
}

fn router(app: Arc<App>) -> Router {
    Router::new()
        .route("/ws/feed", any(follow))
        .route("/publish", post(publish))
        .route("/connections", get(connections))
        .with_state(app)
}

/// What the handlers share.
struct App {
    config: Config,
    /// A permit for each connection.
    places: Arc<Semaphore>,
    feed: Feed,
    /// Counts conversations, so that the end of the server can wait for theirs.
    conversations: TaskTracker,
    /// Is cancelled when the server should go.
    stop: CancellationToken,
}

impl App {
    fn new(config: Config) -> Self {
        App {
            places: Arc::new(Semaphore::new(config.max_connections)),
            feed: Feed::new(config.queue),
            conversations: TaskTracker::new(),
            stop: CancellationToken::new(),
            config,
        }
    }
}

/// How many connections there are.
async fn connections(State(app): State<Arc<App>>) -> String {
    (app.config.max_connections - app.places.available_permits()).to_string()
}

/// Tells every line of the body to everyone.
async fn publish(State(app): State<Arc<App>>, body: String) -> StatusCode {
    if body.lines().any(|line| line.len() > app.config.max_message) {
        return StatusCode::PAYLOAD_TOO_LARGE;
    }
    for line in body.lines() {
        app.feed.give_way().await;
        // Made once; what each queue gets is a reference to the same bytes.
        app.feed.publish(&Utf8Bytes::from(line));
    }
    StatusCode::NO_CONTENT
}

/// Lets a client in if there is a place, or refuses with 503.
async fn follow(State(app): State<Arc<App>>, upgrade: WebSocketUpgrade) -> Response {
    todo!(
        "step 1: take a place, or answer 503; then have `converse` run with a `Seat` and both halves of the socket; step 2: limits"
    )
}

/// What a connection holds as long as it lives. However it ends, a panic included, dropping this gives it back.
struct Seat {
    _place: OwnedSemaphorePermit,
    _counted: TaskTrackerToken,
}

/// Runs a connection to its end: it is one task, and whatever happens first of these four ends it.
async fn converse(
    app: Arc<App>,
    _seat: Seat,
    mut sink: SplitSink<WebSocket, Message>,
    mut stream: SplitStream<WebSocket>,
) {
    let (follower, queue) = app.feed.subscribe();
    let ping = Notify::new();
    let end = tokio::select! {
        biased;
        () = app.stop.cancelled() => End::GoingAway,
        () = follower.outbox.put_out.notified() => End::TooSlow,
        end = listen(&mut stream, &app.config, &follower.outbox, &ping) => end,
        end = write(&mut sink, queue, &follower.outbox, &ping) => end,
    };
    // Nothing more is queued for somebody who is on the way out.
    drop(follower);
    say_goodbye(end, &mut sink, &mut stream, app.config.goodbye).await;
}

/// Why a conversation ends.
enum End {
    /// The peer said goodbye, or is gone.
    Left,
    /// It says what it may not: the code says what.
    Broke(u16),
    /// It said more than it may in a second.
    TooFast,
    /// More messages wait for it than may.
    TooSlow,
    /// It has not answered a ping.
    Dead,
    /// The server goes.
    GoingAway,
}

impl End {
    /// What the peer is told. The code is for its program, so each means one thing to do next; the reason is for people.
    fn close(&self) -> Option<CloseFrame> {
        let (code, reason) = match self {
            End::Left => return None,
            End::Broke(code) => (*code, "that message cannot be taken"),
            End::TooFast => (close_code::POLICY, "too many messages in a second"),
            End::TooSlow => (close_code::AGAIN, "too far behind"),
            End::Dead => (close_code::ERROR, "no answer to a ping"),
            End::GoingAway => (close_code::AWAY, "the server is going down"),
        };
        let reason = reason.into();
        Some(CloseFrame { code, reason })
    }
}

/// Sends a Close, where there is one to send, and waits for the peer's: both together for so long, and no longer.
async fn say_goodbye(
    end: End,
    sink: &mut SplitSink<WebSocket, Message>,
    stream: &mut SplitStream<WebSocket>,
    patience: Duration,
) {
    let Some(close) = end.close() else { return };
    todo!("step 2: send it, wait for the answer, and all that no longer than `patience`")
}

/// Hears what the peer says, and asks after it when it says nothing.
async fn listen(
    stream: &mut SplitStream<WebSocket>,
    config: &Config,
    outbox: &Outbox,
    ping: &Notify,
) -> End {
    todo!(
        "step 1: put every text back into the outbox's queue, until the peer has left; step 2: not too many; step 4: ask after who is silent"
    )
}

/// What an error of `recv` means: chapter 02.
fn broken(error: &axum::Error) -> End {
    let error = error
        .source()
        .and_then(|error| error.downcast_ref::<tungstenite::Error>());
    match error {
        Some(tungstenite::Error::Capacity(_)) => End::Broke(close_code::SIZE),
        Some(tungstenite::Error::Utf8(_)) => End::Broke(close_code::INVALID),
        _ => End::Left,
    }
}

/// A token bucket: it holds as many tokens as a second brings, and a message costs one.
struct Bucket {
    rate: f64,
    tokens: f64,
    filled: Instant,
}

impl Bucket {
    fn full(rate: u32) -> Self {
        Bucket {
            rate: rate.into(),
            tokens: rate.into(),
            filled: Instant::now(),
        }
    }

    /// Takes a token, if there is one.
    fn take(&mut self) -> bool {
        todo!(
            "step 2: first what the time has brought since it was last filled, and no more than fits"
        )
    }
}

/// Writes what waits, and a ping when one is asked for, until that fails.
async fn write(
    sink: &mut SplitSink<WebSocket, Message>,
    mut queue: mpsc::Receiver<Utf8Bytes>,
    outbox: &Outbox,
    ping: &Notify,
) -> End {
    outbox.waits.store(false, Relaxed);
    loop {
        let message = next(&mut queue, ping).await;
        if noting(&outbox.waits, pour(sink, message, &mut queue))
            .await
            .is_err()
        {
            return End::Left;
        }
    }
}

/// Waits for something to write. Cancelling that loses nothing, and cancelling a send would: so nothing is sent here.
async fn next(queue: &mut mpsc::Receiver<Utf8Bytes>, ping: &Notify) -> Message {
    todo!("step 1: the next text from the queue; step 4: or a ping, when one is asked for")
}

/// Writes a message, and whatever waits behind it, with one flush.
async fn pour(
    sink: &mut SplitSink<WebSocket, Message>,
    message: Message,
    queue: &mut mpsc::Receiver<Utf8Bytes>,
) -> Result<(), axum::Error> {
    todo!("step 1: feed it, and whatever else the queue holds by now; then flush once")
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

/// Who follows.
struct Feed {
    capacity: usize,
    followers: Arc<Mutex<Followers>>,
}

#[derive(Default)]
struct Followers {
    outboxes: BTreeMap<u64, Arc<Outbox>>,
    /// How many have ever come: the identity of the next one.
    arrivals: u64,
    /// Whether the last message left a queue more than half full.
    crowded: bool,
}

/// What is on its way to a client.
struct Outbox {
    queue: mpsc::Sender<Utf8Bytes>,
    /// Whether its writer waits for the peer. Every writer has to keep this up to date, as `noting` does: while it is false, `give_way`
    /// waits for a turn of the writer, which never comes when that one waits for its peer.
    waits: AtomicBool,
    /// Is notified when there was no room for a message.
    put_out: Notify,
}

/// A subscription: dropping it ends it.
struct Follower {
    id: u64,
    outbox: Arc<Outbox>,
    followers: Arc<Mutex<Followers>>,
}

fn lock(followers: &Mutex<Followers>) -> MutexGuard<'_, Followers> {
    followers.lock().expect("nobody panics with the lock")
}

impl Feed {
    fn new(capacity: usize) -> Self {
        Feed {
            capacity,
            followers: Arc::default(),
        }
    }

    fn subscribe(&self) -> (Follower, mpsc::Receiver<Utf8Bytes>) {
        let (sender, queue) = mpsc::channel(self.capacity);
        let outbox = Arc::new(Outbox {
            queue: sender,
            // Until there is a writer nobody should wait for it.
            waits: AtomicBool::new(true),
            put_out: Notify::new(),
        });
        let mut followers = lock(&self.followers);
        followers.arrivals += 1;
        let id = followers.arrivals;
        followers.outboxes.insert(id, Arc::clone(&outbox));
        let followers = Arc::clone(&self.followers);
        let follower = Follower {
            id,
            outbox,
            followers,
        };
        (follower, queue)
    }

    /// Puts a text into every queue, without waiting for anybody, and puts out whoever has no room for it.
    fn publish(&self, text: &Utf8Bytes) {
        todo!(
            "step 3: into every queue; notify and remove who has no room; and note whether somebody `is_behind`"
        )
    }

    /// Lets the writers catch up when somebody is far behind: chapter 03.
    async fn give_way(&self) {
        for turn in 0.. {
            match lock(&self.followers).behind() {
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

impl Followers {
    fn behind(&mut self) -> Behind {
        if !self.crowded {
            return Behind::Nobody;
        }
        let mut behind = Behind::Nobody;
        for outbox in self.outboxes.values().filter(|outbox| outbox.is_behind()) {
            if !outbox.waits.load(Relaxed) {
                return Behind::SomebodyWithoutATurn;
            }
            behind = Behind::OnlyThosePeersHoldUp;
        }
        self.crowded = !matches!(behind, Behind::Nobody);
        behind
    }
}

impl Outbox {
    fn is_behind(&self) -> bool {
        self.queue.capacity() < self.queue.max_capacity() / 2 && !self.queue.is_closed()
    }
}

impl Drop for Follower {
    fn drop(&mut self) {
        lock(&self.followers).outboxes.remove(&self.id);
    }
}
