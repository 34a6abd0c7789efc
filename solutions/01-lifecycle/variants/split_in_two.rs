//! split_in_two: one task reads and another writes, with a channel between them; a list of names instead of a count.

use std::{
    collections::BTreeSet,
    sync::{Arc, Mutex},
    time::Duration,
};

use axum::{
    Router,
    extract::{
        State,
        ws::{CloseFrame, Message, WebSocket, WebSocketUpgrade, close_code},
    },
    response::Response,
    routing::{any, get},
};
use futures_util::{SinkExt, StreamExt, stream::SplitSink};
use tokio::{sync::mpsc, time::timeout};

#[derive(Clone, Default)]
struct Registry(Arc<Mutex<(u64, BTreeSet<u64>)>>);

struct Entry {
    registry: Registry,
    id: u64,
}

impl Registry {
    fn enter(&self) -> Entry {
        let mut inner = self.0.lock().expect("nobody panics with the lock");
        inner.0 += 1;
        let id = inner.0;
        inner.1.insert(id);
        Entry {
            registry: self.clone(),
            id,
        }
    }
}

impl Drop for Entry {
    fn drop(&mut self) {
        let mut inner = self.registry.0.lock().expect("nobody panics with the lock");
        inner.1.remove(&self.id);
    }
}

pub fn app() -> Router {
    let count = async |State(registry): State<Registry>| {
        let inner = registry.0.lock().expect("nobody panics with the lock");
        inner.1.len().to_string()
    };
    Router::new()
        .route("/connections", get(count))
        .route("/ws/echo", any(enter))
        .with_state(Registry::default())
}

async fn enter(State(registry): State<Registry>, upgrade: WebSocketUpgrade) -> Response {
    upgrade.on_upgrade(async move |socket| {
        let entry = registry.enter();
        run(socket).await;
        drop(entry);
    })
}

async fn run(socket: WebSocket) {
    let (sink, mut stream) = socket.split();
    let (outbox, queue) = mpsc::channel(16);
    let writer = tokio::spawn(write(sink, queue));
    while let Some(Ok(message)) = stream.next().await {
        let Message::Text(text) = message else {
            continue;
        };
        let leaving = text.as_str() == "quit";
        let answer = if leaving {
            Message::Close(Some(CloseFrame {
                code: close_code::NORMAL,
                reason: "bye".into(),
            }))
        } else {
            Message::text(["echo: ", text.as_str()].concat())
        };
        if outbox.send(answer).await.is_err() {
            break;
        }
        if leaving {
            let rest = stream
                .by_ref()
                .take_while(|next| std::future::ready(next.is_ok()));
            let _ = timeout(Duration::from_secs(5), rest.for_each(async |_| {})).await;
            break;
        }
    }
    drop(outbox);
    let _ = writer.await;
}

async fn write(mut sink: SplitSink<WebSocket, Message>, mut queue: mpsc::Receiver<Message>) {
    while let Some(message) = queue.recv().await {
        if sink.send(message).await.is_err() {
            return;
        }
    }
}
