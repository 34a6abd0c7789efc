//! Servers that are wrong, each in one way that people are wrong in. All that is right about them is here, and each replaces one part.

use std::{
    collections::VecDeque,
    convert::Infallible,
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering::Relaxed},
    },
    time::Duration,
};

use axum::{
    Router,
    body::Body,
    extract::{
        Query, State,
        ws::{Message, WebSocket, WebSocketUpgrade},
    },
    http::{HeaderMap, HeaderValue, StatusCode},
    response::{
        IntoResponse, Response,
        sse::{Event, KeepAlive, Sse},
    },
    routing::{any, get, post},
};
use checks::{Door, Shutdown};
use futures_util::{
    Stream, StreamExt,
    stream::{self, BoxStream},
};
use serde::Deserialize;
use serde_json::json;
use tokio::{
    sync::{mpsc, watch},
    time::sleep,
};
use tokio_util::sync::CancellationToken;

pub mod blocks_the_shutdown;
pub mod done_without_data;
pub mod events_without_ids;
pub mod first_line_only;
pub mod ignores_last_event_id;
pub mod keep_alive_as_data;
pub mod no_keep_alive;
pub mod plain_text;
pub mod produces_for_nobody;
pub mod resumes_off_by_one;
pub mod silent_gap;
pub mod unchecked_name;
pub mod waits_for_the_future;

const KEEP_ALIVE: Duration = Duration::from_secs(15);

/// The parts that somebody may get wrong.
#[derive(Clone, Copy)]
pub struct Parts {
    /// Whether an event may be called so.
    accepts: fn(&str) -> bool,
    /// What an event is in the stream.
    event: fn(&Item) -> Event,
    /// Where a follower begins, who has seen this.
    begins: fn(Option<u64>, &Ring) -> u64,
    /// What it hears next.
    after: fn(&Ring, &mut u64) -> Option<Said>,
    /// What silence is filled with.
    keep_alive: Option<fn() -> KeepAlive>,
    /// What the stream is called, when it is called something else.
    content_type: Option<&'static str>,
    ends_with_the_server: bool,
    /// The last event of a completion.
    done: fn() -> Event,
    produces_apart: bool,
}

impl Parts {
    fn right() -> Self {
        Parts {
            accepts: |name| !name.contains(['\r', '\n']),
            event: |item| named(item).id(item.id.to_string()).data(&item.data),
            begins: |seen, ring| seen.unwrap_or(ring.last),
            after: Ring::after,
            keep_alive: Some(|| KeepAlive::new().interval(KEEP_ALIVE)),
            content_type: None,
            ends_with_the_server: true,
            done: || Event::default().event("done").data("done"),
            produces_apart: false,
        }
    }
}

fn named(item: &Item) -> Event {
    match &item.event {
        Some(name) => Event::default().event(name),
        None => Event::default(),
    }
}

#[derive(Clone)]
pub struct Item {
    id: u64,
    event: Option<String>,
    data: String,
}

#[derive(Default)]
pub struct Ring {
    last: u64,
    items: VecDeque<Item>,
}

pub enum Said {
    Item(Item),
    Lost(u64),
}

impl Ring {
    fn first(&self) -> u64 {
        self.last + 1 - self.items.len() as u64
    }

    fn next(&self, position: &mut u64) -> Option<Said> {
        let item = self.items.get((*position + 1 - self.first()) as usize)?;
        *position += 1;
        Some(Said::Item(item.clone()))
    }

    fn after(&self, position: &mut u64) -> Option<Said> {
        if *position + 1 < self.first() || *position > self.last {
            *position = self.first() - 1;
            return Some(Said::Lost(self.first()));
        }
        self.next(position)
    }
}

#[derive(Clone)]
struct App {
    parts: Parts,
    ring: Arc<Mutex<Ring>>,
    newest: watch::Sender<u64>,
    producers: Arc<AtomicUsize>,
    stop: CancellationToken,
}

async fn serve(listener: Door, shutdown: Shutdown, parts: Parts) {
    let app = App {
        parts,
        ring: Arc::default(),
        newest: watch::Sender::new(0),
        producers: Arc::default(),
        stop: CancellationToken::new(),
    };
    let stop = app.stop.clone();
    let producers = async |State(app): State<App>| app.producers.load(Relaxed).to_string();
    let router = Router::new()
        .route("/publish", post(publish))
        .route("/events", get(events))
        .route("/ws/events", any(ws_events))
        .route("/complete", get(complete))
        .route("/producers", get(producers))
        .with_state(app);
    let _ = axum::serve(listener, router)
        .with_graceful_shutdown(async move {
            shutdown.await;
            stop.cancel();
        })
        .await;
}

#[derive(Deserialize)]
struct Asked {
    event: Option<String>,
    after: Option<u64>,
    prompt: Option<String>,
}

async fn publish(State(app): State<App>, Query(asked): Query<Asked>, data: String) -> Response {
    let event = asked.event;
    if event
        .as_deref()
        .is_some_and(|name| !(app.parts.accepts)(name))
    {
        return StatusCode::BAD_REQUEST.into_response();
    }
    let mut ring = app.ring.lock().expect("nobody panics with the lock");
    ring.last += 1;
    let id = ring.last;
    ring.items.push_back(Item { id, event, data });
    if ring.items.len() > 100 {
        ring.items.pop_front();
    }
    app.newest.send_replace(id);
    id.to_string().into_response()
}

fn follow(app: &App, seen: Option<u64>) -> BoxStream<'static, Said> {
    let news = app.newest.subscribe();
    let position = (app.parts.begins)(seen, &app.ring.lock().expect("nobody panics with the lock"));
    let follower = (app.clone(), news, position);
    stream::unfold(follower, |(app, mut news, mut position)| async move {
        loop {
            let said = {
                let ring = app.ring.lock().expect("nobody panics with the lock");
                (app.parts.after)(&ring, &mut position)
            };
            if let Some(said) = said {
                return Some((said, (app, news, position)));
            }
            let _ = news.changed().await;
        }
    })
    .boxed()
}

async fn events(State(app): State<App>, headers: HeaderMap) -> Response {
    let seen = headers.get("last-event-id");
    let seen = seen.and_then(|id| id.to_str().ok()?.parse().ok());
    let parts = app.parts;
    let retry = Event::default().retry(Duration::from_secs(2));
    let said = follow(&app, seen).map(move |said| match said {
        Said::Lost(first) => Event::default().event("reset").data(first.to_string()),
        Said::Item(item) => (parts.event)(&item),
    });
    let body = stream::iter([retry]).chain(said);
    let mut response = stream_of(&app, body, parts.keep_alive);
    if let Some(other) = parts.content_type {
        let headers = response.headers_mut();
        headers.insert("content-type", HeaderValue::from_static(other));
    }
    response
}

fn stream_of(
    app: &App,
    events: impl Stream<Item = Event> + Send + 'static,
    keep_alive: Option<fn() -> KeepAlive>,
) -> Response<Body> {
    let events = match app.parts.ends_with_the_server {
        true => events
            .take_until(app.stop.clone().cancelled_owned())
            .boxed(),
        false => events.boxed(),
    };
    let sse = Sse::new(events.map(Ok::<_, Infallible>));
    let headers = [("x-accel-buffering", "no")];
    match keep_alive {
        Some(keep_alive) => (headers, sse.keep_alive(keep_alive())).into_response(),
        None => (headers, sse).into_response(),
    }
}

async fn ws_events(
    State(app): State<App>,
    Query(asked): Query<Asked>,
    upgrade: WebSocketUpgrade,
) -> Response {
    upgrade.on_upgrade(async move |mut socket: WebSocket| {
        let position = asked.after;
        let mut said = follow(&App { parts: Parts::right(), ..app }, position);
        loop {
            tokio::select! {
                Some(said) = said.next() => {
                    let text = match said {
                        Said::Lost(first) => json!({ "reset": first }),
                        Said::Item(item) => json!({ "id": item.id, "event": item.event, "data": item.data }),
                    };
                    if socket.send(Message::text(text.to_string())).await.is_err() {
                        return;
                    }
                }
                message = socket.recv() => if !matches!(message, Some(Ok(_))) {
                    return;
                },
            }
        }
    })
}

struct Producer(Arc<AtomicUsize>);

impl Drop for Producer {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Relaxed);
    }
}

async fn complete(State(app): State<App>, Query(asked): Query<Asked>) -> Response {
    app.producers.fetch_add(1, Relaxed);
    let producer = Producer(Arc::clone(&app.producers));
    let answer = format!("You asked about {}.", asked.prompt.unwrap_or_default());
    let tokens: Vec<_> = answer.split_inclusive(' ').map(str::to_owned).collect();
    let made = stream::unfold(
        (tokens.into_iter(), producer),
        |(mut tokens, producer)| async move {
            let token = tokens.next()?;
            sleep(Duration::from_secs(1)).await;
            Some((token, (tokens, producer)))
        },
    );
    let tokens = match app.parts.produces_apart {
        false => made.boxed(),
        true => {
            let (sender, receiver) = mpsc::unbounded_channel();
            // Whether anybody still listens, the task does not ask.
            tokio::spawn(made.for_each(move |token| {
                let _ = sender.send(token);
                std::future::ready(())
            }));
            let received = stream::unfold(receiver, |mut receiver| async move {
                Some((receiver.recv().await?, receiver))
            });
            received.boxed()
        }
    };
    let done = (app.parts.done)();
    let events = tokens
        .map(|token| Event::default().data(token))
        .chain(stream::iter([done]));
    stream_of(&app, events, None)
}
