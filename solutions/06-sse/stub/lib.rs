//! Exercise 06: a feed that can be followed by event stream or by WebSocket, and a completion that is streamed token by token.
//!
//! The task is in README.md. Every `todo!` is a place to write, and names its step; change whatever else you like.
// Until you are done, not everything here is used.
#![allow(dead_code, unused_imports, unused_mut, unused_variables)]

use std::{
    collections::VecDeque,
    convert::Infallible,
    fmt::Debug,
    sync::{
        Arc, Mutex, MutexGuard,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use axum::{
    Json, Router,
    extract::{
        Query, State,
        ws::{CloseFrame, Message, WebSocket, WebSocketUpgrade, close_code},
    },
    http::{HeaderMap, StatusCode},
    response::{
        IntoResponse, Response,
        sse::{Event, KeepAlive, Sse},
    },
    routing::{any, get, post},
    serve::Listener,
};
use futures_util::{Stream, StreamExt, stream};
use serde::Deserialize;
use serde_json::json;
use tokio::{
    sync::watch,
    time::{sleep, timeout},
};
use tokio_util::{sync::CancellationToken, task::TaskTracker};

/// How many events are kept for those who come back.
const KEPT: usize = 100;
/// How long a browser waits before it comes back.
const RETRY: Duration = Duration::from_millis(2000);
/// How much silence there may be before a comment says that the line is alive.
const KEEP_ALIVE: Duration = Duration::from_secs(15);
/// How long a token takes.
const PACE: Duration = Duration::from_secs(1);
/// How long a WebSocket may take to answer our Close.
const GRACE: Duration = Duration::from_secs(10);

/// Serves until `shutdown` is done; returns when every response and every WebSocket has ended.
pub async fn serve<L>(listener: L, shutdown: impl Future<Output = ()> + Send + 'static)
where
    L: Listener,
    L::Addr: Debug,
{
    let app = App::default();
    let (stop, sockets) = (app.stop.clone(), app.sockets.clone());
    let _ = axum::serve(listener, router(app))
        // Step 4: axum waits for every response, so a stream has to learn from somebody that it should end.
        .with_graceful_shutdown(shutdown)
        .await;
    // A WebSocket is no response any more: axum does not wait for it at all.
    sockets.close();
    sockets.wait().await;
}

fn router(app: App) -> Router {
    Router::new()
        .route("/publish", post(publish))
        .route("/events", get(events))
        .route("/ws/events", any(ws_events))
        .route("/complete", get(complete))
        .route("/producers", get(producers))
        .with_state(app)
}

/// What the handlers share.
#[derive(Clone, Default)]
struct App {
    feed: Feed,
    producers: Arc<AtomicUsize>,
    /// Is cancelled when the server should go.
    stop: CancellationToken,
    /// Every WebSocket's task, so that `serve` can wait for them.
    sockets: TaskTracker,
}

/// What may stand in the query of `/publish`.
#[derive(Deserialize)]
struct Publish {
    /// The name of the event; none is `message` to a browser.
    event: Option<String>,
}

/// Takes the body as the data of a new event, and answers its id.
async fn publish(
    State(app): State<App>,
    Query(Publish { event }): Query<Publish>,
    data: String,
) -> Response {
    // Step 2: which names and which data can an event stream not carry, and what becomes of CR LF?
    app.feed.publish(event, data).to_string().into_response()
}

/// Follows the feed as an event stream.
async fn events(State(app): State<App>, headers: HeaderMap) -> Response {
    todo!(
        "step 1: `retry`, then every event with its id, as `Sse`; step 3: begin behind `last-event-id`; step 4: keep it alive, and let it end"
    )
}

/// The latest events, numbered from 1. Cloning gives another handle to the same feed.
///
/// Nobody has a queue: a follower is a position in the ring.
#[derive(Clone)]
struct Feed {
    ring: Arc<Mutex<Ring>>,
    /// The id of the newest event, for those who wait for the next.
    newest: watch::Sender<u64>,
}

#[derive(Default)]
struct Ring {
    last: u64,
    items: VecDeque<Arc<Item>>,
}

struct Item {
    id: u64,
    event: Option<String>,
    data: String,
}

/// What a follower is told.
enum Said {
    Item(Arc<Item>),
    /// What came between the last that it has seen and this one is gone.
    Lost {
        first: u64,
    },
}

impl Default for Feed {
    fn default() -> Self {
        Feed {
            ring: Arc::default(),
            newest: watch::Sender::new(0),
        }
    }
}

impl Feed {
    fn lock(&self) -> MutexGuard<'_, Ring> {
        self.ring.lock().expect("nobody panics with the lock")
    }

    fn publish(&self, event: Option<String>, data: String) -> u64 {
        todo!("step 1: number it, keep it, drop what is more than KEPT, and tell `newest`")
    }

    /// Everything after `seen`, or after now; it never ends.
    fn follow(&self, seen: Option<u64>) -> impl Stream<Item = Said> + use<> {
        // Subscribed before the position is taken: nothing can come between.
        let news = self.newest.subscribe();
        let position = seen.unwrap_or_else(|| self.lock().last);
        let follower = (self.clone(), news, position);
        stream::unfold(follower, |(feed, mut news, mut position)| async move {
            loop {
                // One at a time until the ring has no more, and only then asleep: ten events may be one wake-up.
                let said = feed.lock().after(&mut position);
                if let Some(said) = said {
                    return Some((said, (feed, news, position)));
                }
                // The feed holds the other end itself, so this cannot fail.
                let _ = news.changed().await;
            }
        })
    }
}

impl Ring {
    /// What comes after a position, which it moves.
    fn after(&self, position: &mut u64) -> Option<Said> {
        todo!("step 1: the item behind the position, if it is there; step 3: `Lost`, if it is gone")
    }
}

/// What may stand in the query of `/ws/events`: by hand what `Last-Event-ID` does for an event stream.
#[derive(Deserialize)]
struct Resume {
    after: Option<u64>,
}

async fn ws_events(
    State(app): State<App>,
    Query(Resume { after }): Query<Resume>,
    upgrade: WebSocketUpgrade,
) -> Response {
    todo!(
        "step 6: the same feed as JSON messages, a loop that reads as well, and a goodbye; run it with `app.sockets.track_future(…)`"
    )
}

/// What stands in the query of `/complete`.
#[derive(Deserialize)]
struct Ask {
    prompt: String,
}

/// Streams an answer token by token, and says when it is done.
async fn complete(State(app): State<App>, Query(Ask { prompt }): Query<Ask>) -> Response {
    todo!("step 5: every token after PACE as an event, then `done`; and stop when nobody listens")
}

/// How many productions are under way.
async fn producers(State(app): State<App>) -> Json<usize> {
    Json(app.producers.load(Ordering::Relaxed))
}

/// The answer to a prompt, in pieces. As with a model's tokens, the blank between two words belongs to the second.
fn tokens(prompt: &str) -> Vec<String> {
    let answer = format!("You asked about {prompt}.");
    let mut words = answer.split(' ').map(str::to_owned);
    let first = words.next();
    first
        .into_iter()
        .chain(words.map(|word| format!(" {word}")))
        .collect()
}
