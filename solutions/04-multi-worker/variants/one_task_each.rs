//! one_task_each: no room, but a `broadcast` of the worker's own that what the bus says goes into, and one task for each member, which
//! says goodbye itself.

use std::{sync::Arc, time::Duration};

use axum::{
    Router,
    extract::{
        Path, State,
        ws::{Message, Utf8Bytes, WebSocket, WebSocketUpgrade},
    },
    http::StatusCode,
    response::{IntoResponse, Response},
    routing::{any, get},
};
use futures_util::{SinkExt, StreamExt};
use solution_04::Bus;
use tokio::sync::{broadcast, watch};

pub use solution_04::connect;

#[derive(Clone)]
struct Worker {
    bus: Arc<dyn Bus>,
    heard: broadcast::Sender<Utf8Bytes>,
    ready: watch::Receiver<bool>,
}

pub fn app(bus: Arc<dyn Bus>) -> Router {
    let (heard, _) = broadcast::channel(1024);
    let (tell, ready) = watch::channel(false);
    tokio::spawn(hear(Arc::clone(&bus), heard.clone(), tell));
    Router::new()
        .route("/ready", get(is_ready))
        .route("/ws/chat/{username}", any(enter))
        .with_state(Worker { bus, heard, ready })
}

async fn hear(bus: Arc<dyn Bus>, to: broadcast::Sender<Utf8Bytes>, ready: watch::Sender<bool>) {
    loop {
        match bus.subscribe().await {
            Ok(mut texts) => {
                ready.send_replace(true);
                while let Some(text) = texts.next().await {
                    // Nobody is in: that is no error.
                    let _ = to.send(text.into());
                    tokio::task::yield_now().await;
                }
                ready.send_replace(false);
            }
            Err(_) => tokio::time::sleep(Duration::from_millis(300)).await,
        }
    }
}

async fn is_ready(State(worker): State<Worker>) -> StatusCode {
    if *worker.ready.borrow() {
        StatusCode::OK
    } else {
        StatusCode::SERVICE_UNAVAILABLE
    }
}

async fn enter(
    State(worker): State<Worker>,
    Path(name): Path<String>,
    upgrade: WebSocketUpgrade,
) -> Response {
    let heard = worker.heard.subscribe();
    let joined = worker.bus.publish(&format!("-> {name} joined")).await;
    match joined {
        Ok(()) => upgrade.on_upgrade(|socket| stay(socket, worker, name, heard)),
        Err(_) => StatusCode::SERVICE_UNAVAILABLE.into_response(),
    }
}

async fn stay(
    mut socket: WebSocket,
    worker: Worker,
    name: String,
    mut heard: broadcast::Receiver<Utf8Bytes>,
) {
    loop {
        tokio::select! {
            text = heard.recv() => match text {
                Ok(text) => {
                    if socket.send(Message::Text(text)).await.is_err() {
                        break;
                    }
                }
                // It has missed something: better to let it come back.
                Err(_) => {
                    let _ = SinkExt::close(&mut socket).await;
                    break;
                }
            },
            message = socket.recv() => match message {
                Some(Ok(Message::Text(text))) => {
                    if worker.bus.publish(&format!("{name}: {text}")).await.is_err() {
                        let refusal = format!("! not sent: {text}");
                        if socket.send(Message::text(refusal)).await.is_err() {
                            break;
                        }
                    }
                }
                Some(Ok(_)) => {}
                Some(Err(_)) | None => break,
            },
        }
    }
    let _ = worker.bus.publish(&format!("<- {name} left")).await;
}
