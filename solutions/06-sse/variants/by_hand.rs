//! by_hand: writes the bytes of the streams itself, and its followers are woken by a `Notify`.

use std::{
    convert::Infallible,
    sync::{
        Arc, Mutex,
        atomic::{AtomicI64, Ordering::SeqCst},
    },
    time::Duration,
};

use axum::{
    Router,
    body::Body,
    extract::{
        Query, State,
        ws::{CloseFrame, Message, WebSocketUpgrade},
    },
    http::{HeaderMap, StatusCode},
    response::{IntoResponse, Response},
    routing::{any, get, post},
};
use checks::{Door, Shutdown};
use futures_util::{Stream, StreamExt, stream};
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::{
    sync::Notify,
    time::{Instant, sleep, timeout_at},
};
use tokio_util::{sync::CancellationToken, task::TaskTracker};

/// An event's name, and its data.
type Said = (Option<String>, String);

/// All events ever; only the last hundred are given out.
#[derive(Clone, Default)]
struct App {
    all: Arc<Mutex<Vec<Said>>>,
    news: Arc<Notify>,
    producers: Arc<AtomicI64>,
    stop: CancellationToken,
    sockets: TaskTracker,
}

#[derive(Deserialize)]
struct Asked {
    event: Option<String>,
    after: Option<usize>,
    prompt: Option<String>,
}

pub async fn serve(listener: Door, shutdown: Shutdown) {
    let app = App::default();
    let (stop, sockets) = (app.stop.clone(), app.sockets.clone());
    let producers = async |State(app): State<App>| app.producers.load(SeqCst).to_string();
    let router = Router::new()
        .route("/publish", post(publish))
        .route("/events", get(events))
        .route("/ws/events", any(ws_events))
        .route("/complete", get(complete))
        .route("/producers", get(producers))
        .with_state(app);
    let stop = async move {
        shutdown.await;
        stop.cancel();
    };
    let _ = axum::serve(listener, router)
        .with_graceful_shutdown(stop)
        .await;
    sockets.close();
    sockets.wait().await;
}

async fn publish(State(app): State<App>, Query(asked): Query<Asked>, data: String) -> Response {
    if asked
        .event
        .as_ref()
        .is_some_and(|name| name.chars().any(char::is_control))
    {
        return (StatusCode::BAD_REQUEST, "an event's name is one line").into_response();
    }
    if data.is_empty() {
        return (StatusCode::BAD_REQUEST, "an event has data").into_response();
    }
    let data = data.replace("\r\n", "\n").replace('\r', "\n");
    let mut all = app.all.lock().expect("nobody panics with the lock");
    all.push((asked.event, data));
    app.news.notify_waiters();
    all.len().to_string().into_response()
}

/// What comes after a position: a number of events that are lost, or one event.
enum Next {
    Reset(usize),
    Event(usize, Option<String>, String),
}

impl App {
    fn next(&self, position: &mut usize) -> Option<Next> {
        let all = self.all.lock().expect("nobody panics with the lock");
        let oldest = all.len().saturating_sub(100);
        if *position > all.len() || *position < oldest {
            *position = oldest;
            return Some(Next::Reset(oldest + 1));
        }
        let (event, data) = all.get(*position)?.clone();
        *position += 1;
        Some(Next::Event(*position, event, data))
    }

    fn newest(&self) -> usize {
        self.all.lock().expect("nobody panics with the lock").len()
    }
}

async fn events(State(app): State<App>, headers: HeaderMap) -> Response {
    let position = match headers.get("last-event-id") {
        None => app.newest(),
        Some(id) => {
            let id = id.to_str().ok().and_then(|id| id.parse().ok());
            id.unwrap_or(usize::MAX)
        }
    };
    let begin = stream::iter(["retry: 2000\n\n".to_owned()]);
    let rest = stream::unfold((app.clone(), position), |(app, mut position)| async move {
        let silent = Instant::now() + Duration::from_secs(15);
        loop {
            // Made before the look, so that no notice falls between the two.
            let news = app.news.notified();
            match app.next(&mut position) {
                Some(Next::Reset(first)) => {
                    let text = format!("event: reset\ndata: {first}\n\n");
                    return Some((text, (app.clone(), position)));
                }
                Some(Next::Event(id, event, data)) => {
                    let mut text = format!("id: {id}\n");
                    if let Some(event) = event {
                        text += &format!("event: {event}\n");
                    }
                    data.split('\n')
                        .for_each(|line| text += &format!("data: {line}\n"));
                    return Some((text + "\n", (app.clone(), position)));
                }
                None => {
                    if timeout_at(silent, news).await.is_err() {
                        return Some((": silence\n\n".into(), (app.clone(), position)));
                    }
                }
            }
        }
    });
    body(begin.chain(rest).take_until(app.stop.cancelled_owned()))
}

fn body(text: impl Stream<Item = String> + Send + 'static) -> Response {
    let headers = [
        ("content-type", "text/event-stream"),
        ("cache-control", "no-cache"),
        ("x-accel-buffering", "no"),
    ];
    (headers, Body::from_stream(text.map(Ok::<_, Infallible>))).into_response()
}

async fn ws_events(
    State(app): State<App>,
    Query(asked): Query<Asked>,
    upgrade: WebSocketUpgrade,
) -> Response {
    let guard = app.sockets.token();
    upgrade.on_upgrade(async move |mut socket| {
        let _guard = guard;
        let mut position = asked.after.unwrap_or_else(|| app.newest());
        loop {
            let news = app.news.notified();
            let text: Value = match app.next(&mut position) {
                Some(Next::Reset(first)) => json!({ "reset": first }),
                Some(Next::Event(id, event, data)) => {
                    json!({ "id": id, "event": event, "data": data })
                }
                None => tokio::select! {
                    () = news => continue,
                    () = app.stop.cancelled() => break,
                    message = socket.recv() => match message {
                        Some(Ok(_)) => continue,
                        _ => return,
                    },
                },
            };
            if socket.send(Message::text(text.to_string())).await.is_err() {
                return;
            }
        }
        let close = CloseFrame {
            code: 1001,
            reason: "".into(),
        };
        let _ = socket.send(Message::Close(Some(close))).await;
        let end = Instant::now() + Duration::from_secs(10);
        while let Ok(Some(Ok(_))) = timeout_at(end, socket.recv()).await {}
    })
}

/// Counts down when it is dropped, wherever that is.
struct Running(Arc<AtomicI64>);

impl Drop for Running {
    fn drop(&mut self) {
        self.0.fetch_sub(1, SeqCst);
    }
}

async fn complete(State(app): State<App>, Query(asked): Query<Asked>) -> Response {
    app.producers.fetch_add(1, SeqCst);
    let running = Running(Arc::clone(&app.producers));
    let prompt = asked.prompt.unwrap_or_default();
    let answer = format!("You asked about {prompt}.");
    let words = answer.split(' ').enumerate();
    let tokens = words.map(|(at, word)| match at {
        0 => format!("data: {word}\n\n"),
        // One blank is the format's, and one the token's.
        _ => format!("data:  {word}\n\n"),
    });
    let done = ["event: done\ndata: done\n\n".to_owned()];
    let pieces: Vec<_> = tokens.chain(done).collect();
    body(stream::unfold(
        (pieces.into_iter(), running),
        |(mut pieces, running)| async move {
            let piece = pieces.next()?;
            if piece.starts_with("data") {
                sleep(Duration::from_secs(1)).await;
            }
            Some((piece, (pieces, running)))
        },
    ))
}
