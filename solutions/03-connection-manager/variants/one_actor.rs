//! one_actor: no lock, but a task that owns the room and is sent what is to be done, through a queue that makes speakers wait.

use std::collections::{BTreeMap, VecDeque};

use axum::{
    Json, Router,
    extract::{
        Path, State,
        ws::{Message, Utf8Bytes, WebSocket, WebSocketUpgrade},
    },
    http::StatusCode,
    response::{IntoResponse, Response},
    routing::{any, get},
};
use futures_util::{SinkExt, StreamExt};
use tokio::{
    sync::{mpsc, oneshot},
    task::{AbortHandle, yield_now},
};

type Hub = mpsc::Sender<Ask>;

enum Ask {
    Names(oneshot::Sender<Vec<String>>),
    /// May I come in? The answer is a ticket and a queue.
    Enter(
        String,
        oneshot::Sender<Option<(u64, mpsc::Receiver<Utf8Bytes>)>>,
    ),
    /// This task is my connection.
    Here(u64, AbortHandle),
    Say(u64, Utf8Bytes),
    Leave(u64),
}

struct Place {
    name: String,
    queue: mpsc::Sender<Utf8Bytes>,
    connection: Option<AbortHandle>,
}

pub fn app() -> Router {
    let (hub, asked) = mpsc::channel(16);
    tokio::spawn(act(asked));
    Router::new()
        .route("/ws/chat/{username}", any(enter))
        .route("/members", get(members))
        .with_state(hub)
}

async fn act(mut asked: mpsc::Receiver<Ask>) {
    let mut places: BTreeMap<u64, Place> = BTreeMap::new();
    let mut tickets = 0;
    while let Some(ask) = asked.recv().await {
        let text = match ask {
            Ask::Names(answer) => {
                let mut names: Vec<_> = places.values().map(|place| place.name.clone()).collect();
                names.sort();
                let _ = answer.send(names);
                continue;
            }
            Ask::Enter(name, answer) => {
                if places.values().any(|place| place.name == name) {
                    let _ = answer.send(None);
                    continue;
                }
                tickets += 1;
                let (queue, waiting) = mpsc::channel(64);
                let joined = format!("-> {name} joined");
                let connection = None;
                places.insert(
                    tickets,
                    Place {
                        name,
                        queue,
                        connection,
                    },
                );
                if answer.send(Some((tickets, waiting))).is_err() {
                    // Whoever asked is gone already.
                    places.remove(&tickets);
                    continue;
                }
                joined
            }
            Ask::Here(ticket, connection) => {
                match places.get_mut(&ticket) {
                    Some(place) => place.connection = Some(connection),
                    None => connection.abort(),
                }
                continue;
            }
            Ask::Say(ticket, text) => match places.get(&ticket) {
                Some(place) => format!("{}: {text}", place.name),
                None => continue,
            },
            Ask::Leave(ticket) => match places.remove(&ticket) {
                Some(place) => format!("<- {} left", place.name),
                None => continue,
            },
        };
        let mut texts = VecDeque::from([text]);
        while let Some(text) = texts.pop_front() {
            let text = Utf8Bytes::from(text);
            let full: Vec<u64> = places
                .iter()
                .filter(|(_, place)| place.queue.try_send(text.clone()).is_err())
                .map(|(ticket, _)| *ticket)
                .collect();
            for place in full.iter().filter_map(|ticket| places.remove(ticket)) {
                if let Some(connection) = place.connection {
                    connection.abort();
                }
                texts.push_back(format!("<- {} left", place.name));
            }
        }
        // Each message waits until every writer had a turn.
        yield_now().await;
    }
}

async fn members(State(hub): State<Hub>) -> Json<Vec<String>> {
    let (answer, names) = oneshot::channel();
    let _ = hub.send(Ask::Names(answer)).await;
    Json(names.await.unwrap_or_default())
}

async fn enter(
    Path(name): Path<String>,
    State(hub): State<Hub>,
    upgrade: WebSocketUpgrade,
) -> Response {
    let (answer, entered) = oneshot::channel();
    let _ = hub.send(Ask::Enter(name, answer)).await;
    let Ok(Some((ticket, queue))) = entered.await else {
        return StatusCode::CONFLICT.into_response();
    };
    let ticket = Ticket { hub, ticket };
    upgrade.on_upgrade(async move |socket| {
        // Aborting this task drops the socket, wherever the task waits.
        let hub = ticket.hub.clone();
        let number = ticket.ticket;
        let task = tokio::spawn(converse(socket, ticket, queue));
        let _ = hub.send(Ask::Here(number, task.abort_handle())).await;
    })
}

/// A destructor cannot wait, so it sends somebody who can.
struct Ticket {
    hub: Hub,
    ticket: u64,
}

impl Drop for Ticket {
    fn drop(&mut self) {
        let (hub, ticket) = (self.hub.clone(), self.ticket);
        tokio::spawn(async move { hub.send(Ask::Leave(ticket)).await });
    }
}

async fn converse(socket: WebSocket, ticket: Ticket, mut queue: mpsc::Receiver<Utf8Bytes>) {
    let (mut sink, mut stream) = socket.split();
    let write = async {
        while let Some(text) = queue.recv().await {
            if sink.send(Message::Text(text)).await.is_err() {
                return;
            }
        }
    };
    let listen = async {
        while let Some(Ok(message)) = stream.next().await {
            if let Message::Text(text) = message {
                let _ = ticket.hub.send(Ask::Say(ticket.ticket, text)).await;
            }
        }
    };
    tokio::select! {
        () = write => {}
        () = listen => {}
    }
}
