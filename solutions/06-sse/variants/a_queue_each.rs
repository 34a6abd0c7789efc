//! a_queue_each: every follower has a channel, which is filled with what it has missed when it comes.

use std::{
    convert::Infallible,
    sync::{Arc, Mutex},
    time::Duration,
};

use axum::{
    Router,
    extract::{
        Query, State,
        ws::{Message, WebSocketUpgrade},
    },
    http::{HeaderMap, StatusCode},
    response::{
        IntoResponse, Response,
        sse::{Event, KeepAlive, Sse},
    },
    routing::{any, get, post},
};
use checks::{Door, Shutdown};
use futures_util::{StreamExt, stream};
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::sync::{Semaphore, mpsc, watch};

type Item = (u64, Option<String>, String);

#[derive(Default)]
struct Feed {
    items: Vec<Item>,
    followers: Vec<mpsc::UnboundedSender<Result<Item, u64>>>,
}

#[derive(Clone)]
struct App {
    feed: Arc<Mutex<Feed>>,
    /// A permit for each production that is under way.
    running: Arc<Semaphore>,
    /// Nobody sends: that its other end is gone is the message.
    gone: watch::Receiver<()>,
}

#[derive(Deserialize)]
struct Asked {
    event: Option<String>,
    after: Option<u64>,
    prompt: Option<String>,
}

pub async fn serve(listener: Door, shutdown: Shutdown) {
    let (here, gone) = watch::channel(());
    let app = App {
        feed: Arc::default(),
        running: Arc::new(Semaphore::new(0)),
        gone,
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
}

async fn publish(State(app): State<App>, Query(asked): Query<Asked>, data: String) -> Response {
    if asked
        .event
        .as_ref()
        .is_some_and(|name| name.lines().count() > 1)
    {
        return StatusCode::UNPROCESSABLE_ENTITY.into_response();
    }
    let mut feed = app.feed.lock().expect("nobody panics with the lock");
    let id = feed.items.last().map_or(1, |(last, ..)| last + 1);
    let item = (id, asked.event, data);
    feed.followers
        .retain(|follower| follower.send(Ok(item.clone())).is_ok());
    feed.items.push(item);
    let old = feed.items.len().saturating_sub(100);
    feed.items.drain(..old);
    id.to_string().into_response()
}

fn follow(app: &App, seen: Option<u64>) -> mpsc::UnboundedReceiver<Result<Item, u64>> {
    let (sender, receiver) = mpsc::unbounded_channel();
    let mut feed = app.feed.lock().expect("nobody panics with the lock");
    let last = feed.items.last().map_or(0, |(last, ..)| *last);
    let first = feed.items.first().map_or(1, |(first, ..)| *first);
    let mut seen = seen.unwrap_or(last);
    if seen > last || seen + 1 < first {
        let _ = sender.send(Err(first));
        seen = 0;
    }
    let missed = feed.items.iter().filter(|(id, ..)| *id > seen);
    missed.for_each(|item| drop(sender.send(Ok(item.clone()))));
    feed.followers.push(sender);
    receiver
}

async fn events(State(mut app): State<App>, headers: HeaderMap) -> impl IntoResponse {
    let seen = headers
        .get("last-event-id")
        .and_then(|id| id.to_str().ok()?.parse().ok());
    let followed = stream::unfold(follow(&app, seen), |mut receiver| async move {
        Some((receiver.recv().await?, receiver))
    });
    let events = followed.map(|said| match said {
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
    State(app): State<App>,
    Query(asked): Query<Asked>,
    upgrade: WebSocketUpgrade,
) -> Response {
    upgrade.on_upgrade(async move |mut socket| {
        let mut receiver = follow(&app, asked.after);
        loop {
            let text: Value = tokio::select! {
                said = receiver.recv() => match said {
                    None => return,
                    Some(Err(first)) => json!({ "reset": first }),
                    Some(Ok((id, event, data))) => json!({ "data": data, "event": event, "id": id }),
                },
                message = socket.recv() => match message {
                    None | Some(Err(_)) => return,
                    Some(Ok(_)) => continue,
                },
            };
            if socket.send(Message::text(text.to_string())).await.is_err() {
                return;
            }
        }
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

async fn produce(prompt: &str, sender: &mpsc::Sender<Event>) {
    let answer = format!("You asked about {prompt}.");
    for token in answer.split_inclusive(' ') {
        // Whoever made the channel may be gone before the token is ready.
        tokio::select! {
            () = tokio::time::sleep(Duration::from_secs(1)) => {}
            () = sender.closed() => return,
        }
        if sender.send(Event::default().data(token)).await.is_err() {
            return;
        }
    }
    let _ = sender
        .send(Event::default().event("done").data("done"))
        .await;
}
