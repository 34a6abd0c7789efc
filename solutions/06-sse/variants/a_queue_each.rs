//! a_queue_each: every follower has a channel with a bound, and who was overtaken by it goes back to what is kept.

use std::{
    convert::Infallible,
    sync::{Arc, Mutex},
    time::Duration,
};

use axum::{
    Router,
    extract::{
        Query, State,
        ws::{CloseFrame, Message, WebSocketUpgrade},
    },
    http::{HeaderMap, StatusCode},
    response::{
        IntoResponse, Response,
        sse::{Event, KeepAlive, Sse},
    },
    routing::{any, get, post},
};
use checks::{Door, Shutdown};
use futures_util::{Stream, StreamExt, stream};
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::sync::{Semaphore, mpsc, watch};

type Item = (u64, Option<String>, String);

#[derive(Default)]
struct Feed {
    items: Vec<Item>,
    followers: Vec<mpsc::Sender<Result<Item, u64>>>,
}

#[derive(Clone)]
struct App {
    feed: Arc<Mutex<Feed>>,
    /// A permit for each production that is under way.
    running: Arc<Semaphore>,
    /// Nobody sends: that its other end is gone is the message.
    gone: watch::Receiver<()>,
    /// The same the other way round: its other end sees when the last WebSocket has let go.
    sockets: watch::Sender<()>,
}

#[derive(Deserialize)]
struct Asked {
    event: Option<String>,
    after: Option<u64>,
    prompt: Option<String>,
}

pub async fn serve(listener: Door, shutdown: Shutdown) {
    let (here, gone) = watch::channel(());
    let sockets = watch::Sender::new(());
    let mut last = sockets.subscribe();
    let app = App {
        feed: Arc::default(),
        running: Arc::new(Semaphore::new(0)),
        gone,
        sockets,
    };
    let producers = async |State(app): State<App>| app.running.available_permits().to_string();
    let router = Router::new()
        .route("/publish", post(publish))
        .route("/events", get(events))
        .route("/ws/events", any(ws_events))
        .route("/complete", get(complete))
        .route("/producers", get(producers))
        .with_state(app);
    let stop = async move {
        shutdown.await;
        drop(here);
    };
    let _ = axum::serve(listener, router)
        .with_graceful_shutdown(stop)
        .await;
    while last.changed().await.is_ok() {}
}

async fn publish(State(app): State<App>, Query(asked): Query<Asked>, data: String) -> Response {
    let broken = |name: &str| name.contains('\r') || name.contains('\n');
    if asked.event.as_deref().is_some_and(broken) || data.is_empty() {
        return StatusCode::UNPROCESSABLE_ENTITY.into_response();
    }
    let data = data.split("\r\n").collect::<Vec<_>>().join("\n");
    let mut feed = app.feed.lock().expect("nobody panics with the lock");
    let id = feed.items.last().map_or(1, |(last, ..)| last + 1);
    let item = (id, asked.event, data.replace('\r', "\n"));
    // Whose queue is full is let go: it finds its channel at an end, and comes back.
    feed.followers
        .retain(|follower| follower.try_send(Ok(item.clone())).is_ok());
    feed.items.push(item);
    let old = feed.items.len().saturating_sub(100);
    feed.items.drain(..old);
    id.to_string().into_response()
}

/// Everything after this id, across as many channels as it takes.
fn follow(app: &App, seen: Option<u64>) -> impl Stream<Item = Result<Item, u64>> + use<> {
    let (receiver, seen) = subscribe(app, seen);
    let follower = (app.clone(), receiver, seen);
    stream::unfold(follower, |(app, mut receiver, mut seen)| async move {
        loop {
            match receiver.recv().await {
                Some(Ok(item)) => {
                    seen = item.0;
                    return Some((Ok(item), (app, receiver, seen)));
                }
                Some(Err(first)) => return Some((Err(first), (app, receiver, first - 1))),
                None => (receiver, seen) = subscribe(&app, Some(seen)),
            }
        }
    })
}

/// A channel that is filled with what was missed.
fn subscribe(app: &App, seen: Option<u64>) -> (mpsc::Receiver<Result<Item, u64>>, u64) {
    let (sender, receiver) = mpsc::channel(101);
    let mut feed = app.feed.lock().expect("nobody panics with the lock");
    let last = feed.items.last().map_or(0, |(last, ..)| *last);
    let first = feed.items.first().map_or(1, |(first, ..)| *first);
    let mut seen = seen.unwrap_or(last);
    if seen > last || seen + 1 < first {
        let _ = sender.try_send(Err(first));
        seen = first - 1;
    }
    let missed = feed.items.iter().filter(|(id, ..)| *id > seen);
    missed.for_each(|item| drop(sender.try_send(Ok(item.clone()))));
    feed.followers.push(sender);
    (receiver, seen)
}

async fn events(State(mut app): State<App>, headers: HeaderMap) -> impl IntoResponse {
    let seen = headers.get("last-event-id").map(|id| {
        let digits = id.to_str().unwrap_or_default();
        digits.parse().unwrap_or(u64::MAX)
    });
    let events = follow(&app, seen).map(|said| match said {
        Err(first) => Event::default().event("reset").data(first.to_string()),
        Ok((id, None, data)) => Event::default().data(data).id(id.to_string()),
        Ok((id, Some(name), data)) => Event::default().event(name).data(data).id(id.to_string()),
    });
    let retry = stream::once(async { Event::default().retry(Duration::from_secs(2)) });
    let gone = async move { while app.gone.changed().await.is_ok() {} };
    let events = retry
        .chain(events)
        .take_until(Box::pin(gone))
        .map(Ok::<_, Infallible>);
    let alive = KeepAlive::new()
        .interval(Duration::from_secs(15))
        .text("still here");
    (
        [("x-accel-buffering", "no")],
        Sse::new(events).keep_alive(alive),
    )
}

async fn ws_events(
    State(mut app): State<App>,
    Query(asked): Query<Asked>,
    upgrade: WebSocketUpgrade,
) -> Response {
    upgrade.on_upgrade(async move |mut socket| {
        let mut followed = std::pin::pin!(follow(&app, asked.after));
        loop {
            let text: Value = tokio::select! {
                said = followed.next() => match said {
                    None => return,
                    Some(Err(first)) => json!({ "reset": first }),
                    Some(Ok((id, event, data))) => json!({ "data": data, "event": event, "id": id }),
                },
                message = socket.recv() => match message {
                    None | Some(Err(_)) => return,
                    Some(Ok(_)) => continue,
                },
                _ = app.gone.changed() => break,
            };
            if socket.send(Message::text(text.to_string())).await.is_err() {
                return;
            }
        }
        let reason = "the server goes".into();
        let close = CloseFrame { code: 1001, reason };
        let _ = socket.send(Message::Close(Some(close))).await;
        let answered = async { while let Some(Ok(_)) = socket.recv().await {} };
        let _ = tokio::time::timeout(Duration::from_secs(10), answered).await;
        drop(app.sockets);
    })
}

async fn complete(State(app): State<App>, Query(asked): Query<Asked>) -> impl IntoResponse {
    app.running.add_permits(1);
    let (sender, receiver) = mpsc::channel(1);
    tokio::spawn(async move {
        produce(&asked.prompt.unwrap_or_default(), &sender).await;
        app.running.forget_permits(1);
    });
    let events = stream::unfold(receiver, |mut receiver| async move {
        Some((receiver.recv().await?, receiver))
    });
    Sse::new(events.map(Ok::<_, Infallible>))
}

/// That nobody listens any more it finds out with the next token.
async fn produce(prompt: &str, sender: &mpsc::Sender<Event>) {
    let answer = format!("You asked about {prompt}.");
    for (at, word) in answer.split(' ').enumerate() {
        tokio::time::sleep(Duration::from_secs(1)).await;
        let blank = if at == 0 { "" } else { " " };
        let event = Event::default().data(format!("{blank}{word}"));
        if sender.send(event).await.is_err() {
            return;
        }
    }
    let _ = sender
        .send(Event::default().event("done").data("done"))
        .await;
}
