//! Servers that are wrong, each in one way that people are wrong in. What is right about them is here.

use std::{
    collections::BTreeMap,
    error::Error as _,
    fmt::Debug,
    sync::{
        Arc, Mutex, MutexGuard,
        atomic::{AtomicU64, Ordering::Relaxed},
    },
    time::Duration,
};

use axum::{
    Router,
    extract::{
        State,
        ws::{CloseFrame, Message, Utf8Bytes, WebSocket, WebSocketUpgrade},
    },
    http::StatusCode,
    response::{IntoResponse, Response},
    routing::{any, get, post},
    serve::Listener,
};
use checks::Shutdown;
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

pub mod awaits_each;
pub mod awaits_its_own_queue;
pub mod axum_alone;
pub mod bucket_without_a_brim;
pub mod burst_interval;
pub mod checks_then_counts;
pub mod counts_for_ever;
pub mod counts_from_the_last_sign;
pub mod counts_only_goodbyes;
pub mod cuts_off_without_a_word;
pub mod default_limits;
pub mod does_not_wait;
pub mod drops_after_the_close;
pub mod drops_at_shutdown;
pub mod drops_what_is_too_much;
pub mod fixed_beat;
pub mod goodbye_without_a_limit;
pub mod ignores_pongs;
pub mod leaves_at_close;
pub mod message_limit_only;
pub mod never_flushes;
pub mod never_gives_way;
pub mod never_says_that_it_waits;
pub mod no_heartbeat;
pub mod no_rate;
pub mod patience_begins_anew;
pub mod permit_ends_with_the_handler;
pub mod pings_for_ever;
pub mod pings_with_text;
pub mod puts_out_in_silence;
pub mod rate_per_process;
pub mod refuses_after_the_upgrade;
pub mod resets_on_send;
pub mod retries_after_a_timeout;
pub mod sends_in_select;
pub mod sends_unwatched;
pub mod shutdown_without_a_limit;
pub mod std_clock;
pub mod tolerates_the_loud;
pub mod too_big_without_a_word;
pub mod tracker_left_open;
pub mod unbounded_queue;
pub mod waits_for_a_place;
pub mod write_buffer_too_small;

pub const HEARTBEAT: Duration = Duration::from_secs(20);
pub const PONG_GRACE: Duration = Duration::from_secs(20);
pub const GOODBYE: Duration = Duration::from_secs(10);
pub const QUEUE: usize = 64;
pub const MAX_MESSAGE: usize = 16 * 1024;
pub const MAX_CONNECTIONS: usize = 100;
pub const RATE: u32 = 20;

pub type Sink = SplitSink<WebSocket, Message>;
pub type Stream = SplitStream<WebSocket>;

/// How a server does each thing: as it should, unless it says otherwise.
pub trait Way: Default + Sized + Send + Sync + 'static {
    fn limits(upgrade: WebSocketUpgrade) -> WebSocketUpgrade {
        upgrade
            .max_message_size(MAX_MESSAGE)
            .max_frame_size(MAX_MESSAGE)
    }

    fn follow(
        app: Arc<App<Self>>,
        upgrade: WebSocketUpgrade,
    ) -> impl Future<Output = Response> + Send {
        async {
            let Some(seat) = app.take_a_seat() else {
                return StatusCode::SERVICE_UNAVAILABLE.into_response();
            };
            Self::limits(upgrade).on_upgrade(async move |socket| {
                converse(&app, socket).await;
                drop(seat);
            })
        }
    }

    /// How many messages may wait.
    fn queue() -> usize {
        QUEUE
    }

    /// Tells everyone.
    fn publish(app: &App<Self>, text: Utf8Bytes) -> impl Future<Output = ()> + Send {
        app.publish(&text);
        std::future::ready(())
    }

    /// Lets the writers have their turn.
    fn give_way() -> impl Future<Output = ()> + Send {
        yield_now()
    }

    /// Whether one more message is fine.
    fn allows(&self, bucket: &mut Bucket) -> bool {
        bucket.take()
    }

    /// What becomes of somebody who says one more than is fine.
    fn too_fast() -> Option<End> {
        Some(End::Told(1008))
    }

    /// Sends a text back, if there is room.
    fn answer(line: &Line, text: Utf8Bytes) -> impl Future<Output = bool> + Send {
        std::future::ready(line.queue.try_send(text).is_ok())
    }

    /// Whether there is another way to know that a peer lives than to hear something.
    fn hear(stream: &mut Stream, line: &Line) -> impl Future<Output = Heard> + Send {
        hear(stream, line)
    }

    fn broken(error: &axum::Error) -> End {
        broken(error)
    }

    /// Writes what waits, and pings, until that fails.
    fn write(
        sink: &mut Sink,
        queue: mpsc::Receiver<Utf8Bytes>,
        line: &Line,
    ) -> impl Future<Output = ()> + Send {
        write(sink, queue, line)
    }

    /// Runs a connection until it should end.
    fn talk(
        app: &App<Self>,
        sink: &mut Sink,
        stream: &mut Stream,
        queue: mpsc::Receiver<Utf8Bytes>,
        line: &Line,
    ) -> impl Future<Output = End> + Send {
        talk(app, sink, stream, queue, line)
    }

    fn say_goodbye(
        close: CloseFrame,
        sink: &mut Sink,
        stream: &mut Stream,
    ) -> impl Future<Output = ()> + Send {
        async { drop(timeout(GOODBYE, goodbye(close, sink, stream)).await) }
    }

    /// How long the end of the server may take.
    fn patience() -> impl Future<Output = ()> + Send {
        sleep(GOODBYE)
    }

    /// Waits for conversations, after the last HTTP request has been answered.
    fn wait(app: &App<Self>) -> impl Future<Output = ()> + Send {
        async { app.conversations.wait().await }
    }
}

/// A server that does things this way.
pub async fn serve_as<W: Way, L>(listener: L, shutdown: Shutdown)
where
    L: Listener,
    L::Addr: Debug,
{
    let app = Arc::new(App::<W> {
        way: W::default(),
        places: Arc::new(Semaphore::new(MAX_CONNECTIONS)),
        followers: Mutex::default(),
        arrivals: AtomicU64::new(0),
        conversations: TaskTracker::new(),
        stop: CancellationToken::new(),
    });
    let router = Router::new()
        .route("/ws/feed", any(follow::<W>))
        .route("/publish", post(publish::<W>))
        .route("/connections", get(connections::<W>))
        .with_state(Arc::clone(&app));
    let stop = app.stop.clone();
    let server = axum::serve(listener, router).with_graceful_shutdown(async move {
        shutdown.await;
        stop.cancel();
    });
    let everything = async {
        let _ = server.await;
        app.conversations.close();
        W::wait(&app).await;
    };
    tokio::select! {
        () = everything => {}
        () = async { app.stop.cancelled().await; W::patience().await } => {}
    }
}

/// The entry of a mistake.
macro_rules! entry {
    ($way:ty) => {
        pub async fn serve<L>(listener: L, shutdown: checks::Shutdown)
        where
            L: axum::serve::Listener,
            L::Addr: std::fmt::Debug,
        {
            super::serve_as::<$way, L>(listener, shutdown).await
        }
    };
}
use entry;

async fn follow<W: Way>(State(app): State<Arc<App<W>>>, upgrade: WebSocketUpgrade) -> Response {
    W::follow(app, upgrade).await
}

async fn publish<W: Way>(State(app): State<Arc<App<W>>>, body: String) -> StatusCode {
    for (index, line) in body.lines().enumerate() {
        if index % 16 == 15 {
            W::give_way().await;
        }
        W::publish(&app, Utf8Bytes::from(line)).await;
    }
    StatusCode::NO_CONTENT
}

async fn connections<W: Way>(State(app): State<Arc<App<W>>>) -> String {
    (MAX_CONNECTIONS - app.places.available_permits()).to_string()
}

pub struct App<W> {
    pub way: W,
    pub places: Arc<Semaphore>,
    followers: Mutex<BTreeMap<u64, Arc<Line>>>,
    arrivals: AtomicU64,
    pub conversations: TaskTracker,
    pub stop: CancellationToken,
}

pub type Seat = (OwnedSemaphorePermit, TaskTrackerToken);

/// What the parts of a connection share.
pub struct Line {
    pub queue: mpsc::Sender<Utf8Bytes>,
    pub put_out: Notify,
    pub ping: Notify,
    /// When something was last sent.
    pub sent: Mutex<Instant>,
    /// When something was last heard, for those who keep that apart.
    pub heard: Mutex<Instant>,
    pub places: Arc<Semaphore>,
}

impl<W: Way> App<W> {
    pub fn take_a_seat(&self) -> Option<Seat> {
        let place = Arc::clone(&self.places).try_acquire_owned().ok()?;
        Some((place, self.conversations.token()))
    }

    pub async fn await_a_seat(&self) -> Seat {
        let place = Arc::clone(&self.places).acquire_owned().await;
        let place = place.expect("nobody closes the semaphore");
        (place, self.conversations.token())
    }

    pub fn followers(&self) -> MutexGuard<'_, BTreeMap<u64, Arc<Line>>> {
        self.followers.lock().expect("nobody panics with the lock")
    }

    pub fn publish(&self, text: &Utf8Bytes) {
        self.followers().retain(|_, line| {
            let sent = line.queue.try_send(text.clone()).is_ok();
            if !sent {
                line.put_out.notify_one();
            }
            sent
        });
    }
}

pub enum End {
    /// Nobody is there to be told.
    Left,
    /// The code says why.
    Told(u16),
}

pub async fn converse<W: Way>(app: &App<W>, socket: WebSocket) {
    let (sender, queue) = mpsc::channel(W::queue());
    let line = Arc::new(Line {
        queue: sender,
        put_out: Notify::new(),
        ping: Notify::new(),
        sent: Mutex::new(Instant::now()),
        heard: Mutex::new(Instant::now()),
        places: Arc::clone(&app.places),
    });
    let id = app.arrivals.fetch_add(1, Relaxed);
    app.followers().insert(id, Arc::clone(&line));
    let (mut sink, mut stream) = socket.split();
    let end = W::talk(app, &mut sink, &mut stream, queue, &line).await;
    app.followers().remove(&id);
    if let End::Told(code) = end {
        let reason = "".into();
        W::say_goodbye(CloseFrame { code, reason }, &mut sink, &mut stream).await;
    }
}

pub async fn talk<W: Way>(
    app: &App<W>,
    sink: &mut Sink,
    stream: &mut Stream,
    queue: mpsc::Receiver<Utf8Bytes>,
    line: &Line,
) -> End {
    tokio::select! {
        biased;
        () = app.stop.cancelled() => End::Told(1001),
        () = line.put_out.notified() => End::Told(1013),
        end = listen(app, stream, line) => end,
        () = W::write(sink, queue, line) => End::Left,
    }
}

pub enum Heard {
    Something(Option<Result<Message, axum::Error>>),
    Nothing,
}

pub async fn listen<W: Way>(app: &App<W>, stream: &mut Stream, line: &Line) -> End {
    let mut bucket = Bucket::default();
    loop {
        let Heard::Something(heard) = W::hear(stream, line).await else {
            return End::Told(1011);
        };
        if let Some(end) = take_in(app, heard, &mut bucket, line).await {
            return end;
        }
    }
}

/// Does what is to be done with what was heard; or says that it was the end.
pub async fn take_in<W: Way>(
    app: &App<W>,
    heard: Option<Result<Message, axum::Error>>,
    bucket: &mut Bucket,
    line: &Line,
) -> Option<End> {
    let message = match heard {
        Some(Ok(message)) => message,
        Some(Err(error)) => return Some(W::broken(&error)),
        None => return Some(End::Left),
    };
    let counts = matches!(message, Message::Text(_) | Message::Binary(_));
    if counts && !app.way.allows(bucket) {
        return W::too_fast();
    }
    if let Message::Text(text) = message
        && !W::answer(line, text).await
    {
        return Some(End::Told(1013));
    }
    None
}

pub async fn hear(stream: &mut Stream, line: &Line) -> Heard {
    if let Ok(heard) = timeout(HEARTBEAT, stream.next()).await {
        return Heard::Something(heard);
    }
    line.ping.notify_one();
    match timeout(PONG_GRACE, stream.next()).await {
        Ok(heard) => Heard::Something(heard),
        Err(_) => Heard::Nothing,
    }
}

pub fn broken(error: &axum::Error) -> End {
    let error = error
        .source()
        .and_then(|error| error.downcast_ref::<tungstenite::Error>());
    match error {
        Some(tungstenite::Error::Capacity(_)) => End::Told(1009),
        _ => End::Left,
    }
}

/// What is to be written next.
pub async fn next(queue: &mut mpsc::Receiver<Utf8Bytes>, line: &Line) -> Message {
    tokio::select! {
        Some(text) = queue.recv() => Message::Text(text),
        () = line.ping.notified() => Message::Ping(Default::default()),
    }
}

pub async fn write(sink: &mut Sink, mut queue: mpsc::Receiver<Utf8Bytes>, line: &Line) {
    loop {
        if sink.send(next(&mut queue, line).await).await.is_err() {
            return;
        }
        *line.sent.lock().expect("nobody panics") = Instant::now();
    }
}

pub async fn goodbye(close: CloseFrame, sink: &mut Sink, stream: &mut Stream) {
    let error = close.code == 1009;
    if sink.send(Message::Close(Some(close))).await.is_err() {
        return;
    }
    while let Some(Ok(_)) = stream.next().await {}
    if error {
        sleep(Duration::from_secs(1)).await;
    }
}

/// At most [`RATE`] in a second.
pub struct Bucket {
    pub tokens: f64,
    pub filled: Instant,
    /// For those who count instead.
    pub count: u32,
    /// For those who look at another clock.
    pub began: std::time::Instant,
}

impl Default for Bucket {
    fn default() -> Self {
        Bucket {
            tokens: RATE.into(),
            filled: Instant::now(),
            count: 0,
            began: std::time::Instant::now(),
        }
    }
}

impl Bucket {
    pub fn take(&mut self) -> bool {
        let brought = self.filled.elapsed().as_secs_f64() * f64::from(RATE);
        self.filled = Instant::now();
        self.tokens = (self.tokens + brought).min(RATE.into()) - 1.0;
        self.tokens >= 0.0
    }
}
