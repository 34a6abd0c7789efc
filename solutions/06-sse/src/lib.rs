//! A feed that can be followed by event stream or by WebSocket, and a completion that is streamed token by token.

use std::{
    collections::VecDeque,
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

// ANCHOR: serve
/// Serves until `shutdown` is done; returns when every response and every WebSocket has ended.
pub async fn serve<L>(listener: L, shutdown: impl Future<Output = ()> + Send + 'static)
where
    L: Listener,
    L::Addr: Debug,
{
    let app = App::default();
    let (stop, sockets) = (app.stop.clone(), app.sockets.clone());
    let _ = axum::serve(listener, router(app))
        // axum waits for every response, and an event stream is one that has no end: it has to be ended.
        .with_graceful_shutdown(async move {
            shutdown.await;
            stop.cancel();
        })
        .await;
    // A WebSocket is no response any more: axum does not wait for it at all.
    sockets.close();
    sockets.wait().await;
}
// ANCHOR_END: serve

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

// ANCHOR: publish
/// Takes the body as the data of a new event, and answers its id.
async fn publish(
    State(app): State<App>,
    Query(Publish { event }): Query<Publish>,
    data: String,
) -> Response {
    // A line break in a name would begin a new field, so it could forge any; axum panics at one, in the task of every follower.
    let broken = |name: &String| name.contains(['\r', '\n']);
    // And `Event::data` writes no field for an empty text: a browser does not dispatch such an event, so its page would never hear of it.
    if event.as_ref().is_some_and(broken) || data.is_empty() {
        return StatusCode::BAD_REQUEST.into_response();
    }
    // The format has one kind of line break in data. Left alone, axum 0.8.9 makes two of a CR LF.
    let data = data.replace("\r\n", "\n").replace('\r', "\n");
    app.feed.publish(event, data).to_string().into_response()
}
// ANCHOR_END: publish

// ANCHOR: events
/// Follows the feed as an event stream.
async fn events(State(app): State<App>, headers: HeaderMap) -> impl IntoResponse {
    // What a browser sends when it comes back. What is no number is none of our ids, so it is treated as one that was never given out:
    // refusing it would be worse, since a browser never comes back after a refusal.
    let seen = headers.get("last-event-id");
    let seen = seen.map(|id| {
        let number = id.to_str().ok().and_then(|id| id.parse().ok());
        number.unwrap_or(u64::MAX)
    });
    // Once, at the beginning: a browser remembers it.
    let retry = stream::iter([Event::default().retry(RETRY)]);
    let said = app.feed.follow(seen).map(|said| match said {
        Said::Lost { first } => Event::default().event("reset").data(first.to_string()),
        Said::Item(item) => {
            let event = Event::default().id(item.id.to_string());
            let event = match &item.event {
                Some(name) => event.event(name),
                None => event,
            };
            // Every line of it becomes a `data:` of its own, and the browser puts them together again.
            event.data(&item.data)
        }
    });
    let body = retry.chain(said).take_until(app.stop.cancelled_owned());
    // Without it nginx collects the stream in its buffer.
    let headers = [("x-accel-buffering", "no")];
    let sse = Sse::new(body.map(Ok::<_, std::convert::Infallible>));
    // Opt-in, and needed: proxies end what is silent for a minute.
    (
        headers,
        sse.keep_alive(KeepAlive::new().interval(KEEP_ALIVE)),
    )
}
// ANCHOR_END: events

// ANCHOR: feed
/// The latest events, numbered from 1.
///
/// Nobody has a queue: a follower is a position in the ring, so one that reads slowly costs nothing and delays nobody,
/// and when it was overtaken it is told so, as if it had been away.
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
        let mut ring = self.lock();
        ring.last += 1;
        let id = ring.last;
        ring.items.push_back(Arc::new(Item { id, event, data }));
        if ring.items.len() > KEPT {
            ring.items.pop_front();
        }
        drop(ring);
        self.newest.send_replace(id);
        id
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

// ANCHOR: after
impl Ring {
    /// What comes after a position, which it moves.
    fn after(&self, position: &mut u64) -> Option<Said> {
        let first = self.last + 1 - self.items.len() as u64;
        // An id that was never given out, such as one from before a restart; or overtaken.
        if *position > self.last || *position + 1 < first {
            *position = first - 1;
            return Some(Said::Lost { first });
        }
        let item = self.items.get((*position + 1 - first) as usize)?;
        *position += 1;
        Some(Said::Item(Arc::clone(item)))
    }
}
// ANCHOR_END: after
// ANCHOR_END: feed

// ANCHOR: ws
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
    upgrade
        // The default is 128 KiB for each socket; this one is told little.
        .read_buffer_size(4096)
        .on_upgrade(move |socket| {
            app.sockets
                .clone()
                .track_future(follow_by_ws(socket, app, after))
        })
}

/// The same feed, with ids and the reset in the messages, since a WebSocket has no place of its own for them.
async fn follow_by_ws(mut socket: WebSocket, app: App, after: Option<u64>) {
    let mut said = std::pin::pin!(app.feed.follow(after));
    loop {
        tokio::select! {
            Some(said) = said.next() => {
                let text = match said {
                    Said::Lost { first } => json!({ "reset": first }),
                    Said::Item(item) => json!({ "id": item.id, "event": item.event, "data": item.data }),
                };
                // In the body of the branch: a send that another branch cuts off may be lost, or not.
                if socket.send(Message::text(text.to_string())).await.is_err() {
                    return;
                }
            }
            // Nothing is expected from the client, but its pings and its Close want to be read.
            message = socket.recv() => if !matches!(message, Some(Ok(_))) {
                return;
            },
            () = app.stop.cancelled() => return say_goodbye(socket).await,
        }
    }
}

/// An event stream ends by ending. A WebSocket that ends without a Close is a 1006.
async fn say_goodbye(mut socket: WebSocket) {
    let close = CloseFrame {
        code: close_code::AWAY,
        reason: "".into(),
    };
    if socket.send(Message::Close(Some(close))).await.is_ok() {
        let answer = async { while let Some(Ok(_)) = socket.recv().await {} };
        let _ = timeout(GRACE, answer).await;
    }
}
// ANCHOR_END: ws

/// What stands in the query of `/complete`.
#[derive(Deserialize)]
struct Ask {
    prompt: String,
}

// ANCHOR: complete
/// Streams an answer token by token, and says when it is done.
async fn complete(State(app): State<App>, Query(Ask { prompt }): Query<Ask>) -> impl IntoResponse {
    // The guard lives in the stream, so whoever drops the stream ends the production: hyper does, when the client goes.
    let producer = Producer::start(&app.producers);
    let tokens = tokens(&prompt).into_iter();
    let tokens = stream::unfold((tokens, producer), |(mut tokens, producer)| async move {
        let token = tokens.next()?;
        sleep(PACE).await;
        Some((Event::default().data(token), (tokens, producer)))
    });
    // With data: a browser does not dispatch an event without any. And the page has to close at it, since to an `EventSource`
    // the end of a stream is a reason to ask again.
    let done = stream::iter([Event::default().event("done").data("done")]);
    // No `take_until` here: it ends by itself, and the shutdown waits for that.
    Sse::new(tokens.chain(done).map(Ok::<_, std::convert::Infallible>))
}

/// One production that is under way.
struct Producer(Arc<AtomicUsize>);

impl Producer {
    fn start(count: &Arc<AtomicUsize>) -> Self {
        count.fetch_add(1, Ordering::Relaxed);
        Producer(Arc::clone(count))
    }
}

impl Drop for Producer {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

/// How many productions are under way.
async fn producers(State(app): State<App>) -> Json<usize> {
    Json(app.producers.load(Ordering::Relaxed))
}
// ANCHOR_END: complete

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
