//! Servers that are wrong, each in one way that people are wrong in. All that is right about them is here, and each replaces one part.

use std::{
    collections::VecDeque,
    convert::Infallible,
    sync::{
        Arc, Mutex, MutexGuard,
        atomic::{AtomicUsize, Ordering::Relaxed},
    },
    time::Duration,
};

use axum::{
    Router,
    extract::{
        Query, State,
        ws::{CloseFrame, Message, WebSocket, WebSocketUpgrade},
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
    StreamExt,
    stream::{self, BoxStream},
};
use serde::Deserialize;
use serde_json::json;
use tokio::{
    sync::{
        broadcast::{self, error::RecvError},
        mpsc, watch,
    },
    time::{interval, sleep, timeout},
};
use tokio_util::{sync::CancellationToken, task::TaskTracker};

pub mod a_queue_without_end;
pub mod blocks_the_shutdown;
pub mod blocks_the_thread;
pub mod buffered;
pub mod counts_down_at_the_end;
pub mod cuts_completions_off;
pub mod done_without_data;
pub mod doubles_line_breaks;
pub mod eats_the_blank;
pub mod ends_without_goodbye;
pub mod events_without_ids;
pub mod first_line_only;
pub mod forgets_to_wake;
pub mod forgets_where_a_websocket_was;
pub mod forgives_garbage;
pub mod garbage_is_zero;
pub mod half_checked_name;
pub mod ignores_last_event_id;
pub mod keep_alive_as_data;
pub mod keep_alive_by_the_clock;
pub mod keeps_a_lone_cr;
pub mod keeps_one_too_few;
pub mod late_answer;
pub mod leaves_completions_behind;
pub mod leaves_sockets_behind;
pub mod loses_the_last_line_break;
pub mod nameless;
pub mod no_done;
pub mod no_keep_alive;
pub mod no_retry;
pub mod one_event_per_request;
pub mod one_event_per_wake;
pub mod only_sends;
pub mod panics_at_garbage;
pub mod plain_text;
pub mod produces_for_nobody;
pub mod refuses_garbage;
pub mod replays_to_newcomers;
pub mod reset_with_an_id;
pub mod resumes_off_by_one;
pub mod ring_of_a_channel;
pub mod silent_gap;
pub mod swallows_the_lag;
pub mod unchecked_name;
pub mod unheard_event;
pub mod waits_for_an_answer;
pub mod waits_for_the_future;
pub mod waits_for_the_slowest;
pub mod whole_answer;

const KEEP_ALIVE: Duration = Duration::from_secs(15);

/// The parts that somebody may get wrong.
#[derive(Clone, Copy)]
pub struct Parts {
    /// Whether an event may have this name and this data.
    takes: fn(&str, &str) -> bool,
    /// What is kept of the data.
    keeps: fn(String) -> String,
    /// How many events are kept.
    kept: usize,
    /// What an event is in the stream.
    event: fn(&Item) -> Event,
    reset: fn(u64) -> Event,
    retry: Option<Duration>,
    asks_nginx: bool,
    /// What the stream is called, when it is called something else.
    content_type: Option<&'static str>,
    /// Where a follower begins that brings this as `Last-Event-ID`.
    begins: fn(Option<&str>, Kept) -> Result<u64, StatusCode>,
    /// What it hears next.
    after: fn(&Ring, &mut u64) -> Option<Said>,
    follows: Follows,
    keep_alive: Keep,
    ends_with_the_server: bool,
    makes: Makes,
    token: fn(String) -> Event,
    /// The last event of a completion.
    done: Option<fn() -> Event>,
    ws_resumes: bool,
    ws_listens: bool,
    ws_closes: bool,
    ws_awaited: bool,
    /// How long a WebSocket may take to answer the goodbye.
    ws_grace: Option<Duration>,
    /// Whether those who wait for a new event are told of one.
    wakes: bool,
    completions_end_with_the_server: bool,
    responses_awaited: bool,
}

/// How a follower gets its events.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Follows {
    /// It looks into the ring.
    Ring,
    OncePerWake,
    OncePerRequest,
    QueueWithoutEnd,
    AwaitedQueue,
    /// It has the ring of a `broadcast` channel, and says where it was overtaken.
    Broadcast,
    /// The same, and it does not say so.
    BroadcastInSilence,
}

/// What silence is filled with.
#[derive(Clone, Copy)]
pub enum Keep {
    Alive(fn() -> KeepAlive),
    Clock,
    Silent,
}

/// How a completion is made.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Makes {
    InTheStream,
    Whole,
    /// In pieces, when the last of them is there.
    Late,
    /// With a sleep that holds up the thread.
    Blocking,
    Apart,
    CountedByHand,
}

impl Parts {
    fn right() -> Self {
        Parts {
            takes: |name, data| !name.contains(['\r', '\n']) && !data.is_empty(),
            keeps: |data| data.replace("\r\n", "\n").replace('\r', "\n"),
            kept: 100,
            event: |item| named(item).id(item.id.to_string()).data(&item.data),
            reset: |first| Event::default().event("reset").data(first.to_string()),
            retry: Some(Duration::from_secs(2)),
            asks_nginx: true,
            content_type: None,
            begins,
            after: Ring::after,
            follows: Follows::Ring,
            keep_alive: Keep::Alive(|| KeepAlive::new().interval(KEEP_ALIVE)),
            ends_with_the_server: true,
            makes: Makes::InTheStream,
            token: |token| Event::default().data(token),
            done: Some(|| Event::default().event("done").data("done")),
            ws_resumes: true,
            ws_listens: true,
            ws_closes: true,
            ws_awaited: true,
            ws_grace: Some(Duration::from_secs(10)),
            wakes: true,
            completions_end_with_the_server: false,
            responses_awaited: true,
        }
    }
}

fn begins(seen: Option<&str>, kept: Kept) -> Result<u64, StatusCode> {
    Ok(seen.map_or(kept.last, |seen| seen.parse().unwrap_or(u64::MAX)))
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

/// The ids of the first and the last event that are kept.
#[derive(Clone, Copy)]
pub struct Kept {
    first: u64,
    last: u64,
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

    fn kept(&self) -> Kept {
        Kept {
            first: self.first(),
            last: self.last,
        }
    }

    fn next(&self, position: &mut u64) -> Option<Said> {
        let item = self.items.get((*position + 1 - self.first()) as usize)?;
        *position += 1;
        Some(Said::Item(item.clone()))
    }

    fn after(&self, position: &mut u64) -> Option<Said> {
        if *position > self.last || *position + 1 < self.first() {
            *position = self.first() - 1;
            return Some(Said::Lost(self.first()));
        }
        self.next(position)
    }
}

/// The way to a follower that is not one into the ring.
#[derive(Clone)]
enum Queue {
    WithoutEnd(mpsc::UnboundedSender<Said>),
    Awaited(mpsc::Sender<Said>),
}

#[derive(Clone)]
struct App {
    parts: Parts,
    ring: Arc<Mutex<Ring>>,
    newest: watch::Sender<u64>,
    queues: Arc<Mutex<Vec<Queue>>>,
    channel: broadcast::Sender<Item>,
    producers: Arc<AtomicUsize>,
    stop: CancellationToken,
    sockets: TaskTracker,
}

impl App {
    fn ring(&self) -> MutexGuard<'_, Ring> {
        self.ring.lock().expect("nobody panics with the lock")
    }

    fn queues(&self) -> MutexGuard<'_, Vec<Queue>> {
        self.queues.lock().expect("nobody panics with the lock")
    }
}

async fn serve(listener: Door, shutdown: Shutdown, parts: Parts) {
    let app = App {
        parts,
        ring: Arc::default(),
        newest: watch::Sender::new(0),
        queues: Arc::default(),
        channel: broadcast::Sender::new(100),
        producers: Arc::default(),
        stop: CancellationToken::new(),
        sockets: TaskTracker::new(),
    };
    let (stop, sockets) = (app.stop.clone(), app.sockets.clone());
    let producers = async |State(app): State<App>| app.producers.load(Relaxed).to_string();
    let router = Router::new()
        .route("/publish", post(publish))
        .route("/events", get(events))
        .route("/ws/events", any(ws_events))
        .route("/complete", get(complete))
        .route("/producers", get(producers))
        .with_state(app);
    let told = async move {
        shutdown.await;
        stop.cancel();
    };
    if parts.responses_awaited {
        let _ = axum::serve(listener, router)
            .with_graceful_shutdown(told)
            .await;
    } else {
        tokio::select! {
            _ = axum::serve(listener, router) => {}
            () = told => {}
        }
    }
    sockets.close();
    if parts.ws_awaited {
        sockets.wait().await;
    }
}

#[derive(Deserialize)]
struct Asked {
    event: Option<String>,
    after: Option<u64>,
    prompt: Option<String>,
}

async fn publish(State(app): State<App>, Query(asked): Query<Asked>, data: String) -> Response {
    if !(app.parts.takes)(asked.event.as_deref().unwrap_or_default(), &data) {
        return StatusCode::BAD_REQUEST.into_response();
    }
    let item = {
        let mut ring = app.ring();
        ring.last += 1;
        let item = Item {
            id: ring.last,
            event: asked.event,
            data: (app.parts.keeps)(data),
        };
        ring.items.push_back(item.clone());
        if ring.items.len() > app.parts.kept {
            ring.items.pop_front();
        }
        if app.parts.wakes {
            app.newest.send_replace(ring.last);
        }
        item
    };
    let _ = app.channel.send(item.clone());
    let queues = app.queues().clone();
    for queue in queues {
        let said = Said::Item(item.clone());
        match queue {
            Queue::WithoutEnd(queue) => drop(queue.send(said)),
            // Whoever is last in the list waits for all who are before.
            Queue::Awaited(queue) => drop(queue.send(said).await),
        }
    }
    item.id.to_string().into_response()
}

fn follow(app: &App, mut position: u64) -> BoxStream<'static, Said> {
    let ring = app.ring();
    match app.parts.follows {
        Follows::Ring | Follows::OncePerWake => {}
        Follows::Broadcast | Follows::BroadcastInSilence => {
            let missed = std::iter::from_fn(|| ring.after(&mut position)).collect::<Vec<_>>();
            let silent = app.parts.follows == Follows::BroadcastInSilence;
            let heard = stream::unfold(
                (app.channel.subscribe(), position),
                move |(mut channel, mut position)| async move {
                    loop {
                        let said = match channel.recv().await {
                            Ok(item) => {
                                position = item.id;
                                Said::Item(item)
                            }
                            Err(RecvError::Lagged(_)) if silent => continue,
                            Err(RecvError::Lagged(count)) => {
                                position += count;
                                Said::Lost(position + 1)
                            }
                            Err(RecvError::Closed) => return None,
                        };
                        return Some((said, (channel, position)));
                    }
                },
            );
            return stream::iter(missed).chain(heard).boxed();
        }
        Follows::OncePerRequest => return in_ring(app.clone(), position).take(1).boxed(),
        Follows::QueueWithoutEnd | Follows::AwaitedQueue => {
            let missed = std::iter::from_fn(|| ring.after(&mut position)).collect::<Vec<_>>();
            let missed = stream::iter(missed);
            if app.parts.follows == Follows::QueueWithoutEnd {
                let (sender, receiver) = mpsc::unbounded_channel();
                app.queues().push(Queue::WithoutEnd(sender));
                let heard = stream::unfold(receiver, |mut receiver| async move {
                    Some((receiver.recv().await?, receiver))
                });
                return missed.chain(heard).boxed();
            }
            let (sender, receiver) = mpsc::channel(16);
            app.queues().push(Queue::Awaited(sender));
            let heard = stream::unfold(receiver, |mut receiver| async move {
                Some((receiver.recv().await?, receiver))
            });
            return missed.chain(heard).boxed();
        }
    }
    in_ring(app.clone(), position)
}

fn in_ring(app: App, position: u64) -> BoxStream<'static, Said> {
    let news = app.newest.subscribe();
    let sleeps_first = app.parts.follows == Follows::OncePerWake;
    let follower = (app, news, position);
    stream::unfold(follower, move |(app, mut news, mut position)| async move {
        loop {
            if sleeps_first {
                let _ = news.changed().await;
            }
            let said = (app.parts.after)(&app.ring(), &mut position);
            if let Some(said) = said {
                return Some((said, (app, news, position)));
            }
            if !sleeps_first {
                let _ = news.changed().await;
            }
        }
    })
    .boxed()
}

async fn events(State(app): State<App>, headers: HeaderMap) -> Response {
    let seen = headers.get("last-event-id");
    let seen = seen.and_then(|id| id.to_str().ok());
    let kept = app.ring().kept();
    let position = (app.parts.begins)(seen, kept);
    let position = match position {
        Ok(position) => position,
        Err(status) => return status.into_response(),
    };
    let parts = app.parts;
    let retry = parts.retry.map(|after| Event::default().retry(after));
    let said = follow(&app, position).map(move |said| match said {
        Said::Lost(first) => (parts.reset)(first),
        Said::Item(item) => (parts.event)(&item),
    });
    let mut body = stream::iter(retry).chain(said).boxed();
    if let Keep::Clock = parts.keep_alive {
        let mut clock = interval(KEEP_ALIVE);
        clock.reset();
        let comments = stream::unfold(clock, |mut clock| async move {
            clock.tick().await;
            Some((Event::default().comment(""), clock))
        });
        body = stream::select(body, comments).boxed();
    }
    if parts.ends_with_the_server {
        body = body.take_until(app.stop.cancelled_owned()).boxed();
    }
    let mut response = match parts.keep_alive {
        Keep::Alive(keep_alive) => sse(body).keep_alive(keep_alive()).into_response(),
        Keep::Clock | Keep::Silent => sse(body).into_response(),
    };
    let headers = response.headers_mut();
    if parts.asks_nginx {
        headers.insert("x-accel-buffering", HeaderValue::from_static("no"));
    }
    if let Some(other) = parts.content_type {
        headers.insert("content-type", HeaderValue::from_static(other));
    }
    response
}

type Endless = stream::Map<BoxStream<'static, Event>, fn(Event) -> Result<Event, Infallible>>;

fn sse(events: BoxStream<'static, Event>) -> Sse<Endless> {
    Sse::new(events.map(Ok::<_, Infallible> as fn(Event) -> _))
}

async fn ws_events(
    State(app): State<App>,
    Query(asked): Query<Asked>,
    upgrade: WebSocketUpgrade,
) -> Response {
    let tracker = app.sockets.clone();
    upgrade.on_upgrade(move |socket| tracker.track_future(follow_by_ws(app, asked.after, socket)))
}

async fn follow_by_ws(app: App, after: Option<u64>, mut socket: WebSocket) {
    let after = after.filter(|_| app.parts.ws_resumes);
    let mut said = follow(&app, after.unwrap_or_else(|| app.ring().last));
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
            message = socket.recv(), if app.parts.ws_listens => if !matches!(message, Some(Ok(_))) {
                return;
            },
            () = app.stop.cancelled() => break,
        }
    }
    if app.parts.ws_closes {
        let close = CloseFrame {
            code: 1001,
            reason: "".into(),
        };
        let _ = socket.send(Message::Close(Some(close))).await;
        let answer = async { while let Some(Ok(_)) = socket.recv().await {} };
        match app.parts.ws_grace {
            Some(grace) => drop(timeout(grace, answer).await),
            None => answer.await,
        }
    }
}

struct Producer(Arc<AtomicUsize>);

impl Drop for Producer {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Relaxed);
    }
}

async fn complete(State(app): State<App>, Query(asked): Query<Asked>) -> Response {
    let parts = app.parts;
    app.producers.fetch_add(1, Relaxed);
    let mut producer = Some(Producer(Arc::clone(&app.producers)));
    let answer = format!("You asked about {}.", asked.prompt.unwrap_or_default());
    let mut tokens: Vec<_> = answer.split_inclusive(' ').map(str::to_owned).collect();
    // A blank belongs to the token behind it.
    for at in (1..tokens.len()).rev() {
        if tokens[at - 1].ends_with(' ') {
            tokens[at - 1].pop();
            tokens[at].insert(0, ' ');
        }
    }
    if parts.makes == Makes::Whole {
        sleep(Duration::from_secs(tokens.len() as u64)).await;
        tokens = vec![tokens.concat()];
    }
    if parts.makes == Makes::Late {
        sleep(Duration::from_secs(tokens.len() as u64)).await;
    }
    if parts.makes == Makes::CountedByHand {
        std::mem::forget(producer.take());
    }
    let pace = match parts.makes {
        Makes::Whole | Makes::Late | Makes::Blocking => Duration::ZERO,
        _ => Duration::from_secs(1),
    };
    let counted = parts.makes == Makes::CountedByHand;
    let made = stream::unfold(
        (tokens.into_iter(), producer, app.clone()),
        move |(mut tokens, producer, app)| async move {
            let Some(token) = tokens.next() else {
                if counted {
                    app.producers.fetch_sub(1, Relaxed);
                }
                return None;
            };
            if parts.makes == Makes::Blocking {
                // A second would make no difference on the wire, and a test that takes longer.
                std::thread::sleep(Duration::from_millis(1));
            }
            sleep(pace).await;
            Some((token, (tokens, producer, app)))
        },
    );
    let tokens = match parts.makes {
        Makes::Apart => {
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
        _ => made.boxed(),
    };
    let done = parts.done.map(|done| done());
    let events = tokens.map(parts.token).chain(stream::iter(done));
    let mut body = events.boxed();
    if parts.completions_end_with_the_server {
        body = body.take_until(app.stop.cancelled_owned()).boxed();
    }
    sse(body).into_response()
}
