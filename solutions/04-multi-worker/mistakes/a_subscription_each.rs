//! a_subscription_each: subscribes once more for every member, as a handler does that is all there is.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering::Relaxed},
    },
    time::Duration,
};

use axum::{
    Router,
    extract::{
        Path, State,
        ws::{Message, WebSocketUpgrade},
    },
    http::StatusCode,
    response::{IntoResponse, Response},
    routing::{any, get},
};
use futures_util::{SinkExt, StreamExt, stream};
use solution_04::{Bus, Heard};
use tokio::time::sleep;

pub use solution_04::connect;

#[derive(Clone)]
struct Worker {
    bus: Arc<dyn Bus>,
    hears: Arc<AtomicBool>,
}

pub fn app(bus: Arc<dyn Bus>) -> Router {
    let hears = Arc::new(AtomicBool::new(false));
    let worker = Worker { bus, hears };
    let watch = worker.clone();
    tokio::spawn(async move {
        loop {
            if let Ok(mut heard) = watch.bus.subscribe().await {
                watch.hears.store(true, Relaxed);
                while heard.next().await.is_some() {}
                watch.hears.store(false, Relaxed);
            }
            sleep(Duration::from_millis(200)).await;
        }
    });
    Router::new()
        .route("/ws/chat/{username}", any(enter))
        .route("/ready", get(ready))
        .with_state(worker)
}

/// Every member for itself.
async fn subscribe_again(bus: Arc<dyn Bus>) -> Heard {
    loop {
        if let Ok(heard) = bus.subscribe().await {
            return heard;
        }
        sleep(Duration::from_millis(200)).await;
    }
}

async fn ready(State(worker): State<Worker>) -> StatusCode {
    match worker.hears.load(Relaxed) {
        true => StatusCode::OK,
        false => StatusCode::SERVICE_UNAVAILABLE,
    }
}

async fn enter(
    Path(name): Path<String>,
    State(Worker { bus, .. }): State<Worker>,
    upgrade: WebSocketUpgrade,
) -> Response {
    // ANCHOR: wrong
    let Ok(mut heard) = bus.subscribe().await else {
        return StatusCode::SERVICE_UNAVAILABLE.into_response();
    };
    // ANCHOR_END: wrong
    if bus.publish(&format!("-> {name} joined")).await.is_err() {
        return StatusCode::SERVICE_UNAVAILABLE.into_response();
    }
    upgrade.on_upgrade(async move |socket| {
        let (mut sink, mut said) = socket.split();
        loop {
            let text = tokio::select! {
                text = heard.next() => match text {
                    Some(text) => text.into(),
                    None => {
                        heard = stream::once(subscribe_again(bus.clone())).flatten().boxed();
                        continue;
                    }
                },
                message = said.next() => match message {
                    Some(Ok(Message::Text(text))) => {
                        match bus.publish(&format!("{name}: {text}")).await {
                            Ok(()) => continue,
                            Err(_) => format!("! not sent: {text}").into(),
                        }
                    }
                    Some(Ok(_)) => continue,
                    _ => break,
                },
            };
            if sink.send(Message::Text(text)).await.is_err() {
                break;
            }
        }
        let _ = bus.publish(&format!("<- {name} left")).await;
    })
}
