//! one_loop: one task and one loop for a connection, a queue of its own making, deadlines for timeouts, and a window for a bucket.

use std::{
    collections::VecDeque,
    fmt::Debug,
    sync::{Arc, Mutex, Weak},
    time::Duration,
};

use axum::{
    Router,
    extract::{
        State,
        ws::{CloseFrame, Message, Utf8Bytes, WebSocket, WebSocketUpgrade},
    },
    http::StatusCode,
    response::{IntoResponse, Response},
    routing::{any, get, post},
    serve::Listener,
};
use checks::Shutdown;
use futures_util::SinkExt;
use tokio::{
    sync::{Notify, watch},
    task::yield_now,
    time::{Instant, sleep, sleep_until, timeout},
};

const TWENTY: Duration = Duration::from_secs(20);
const TEN: Duration = Duration::from_secs(10);
const LONGEST: usize = 16 * 1024;

struct House {
    inside: watch::Sender<usize>,
    going: watch::Sender<bool>,
    outboxes: Mutex<Vec<Weak<Outbox>>>,
}

#[derive(Default)]
struct Outbox {
    texts: Mutex<VecDeque<Utf8Bytes>>,
    news: Notify,
    full: Notify,
}

/// One place, as long as this lives.
struct Place(Arc<House>);

pub async fn serve<L>(listener: L, shutdown: Shutdown)
where
    L: Listener,
    L::Addr: Debug,
{
    let house = Arc::new(House {
        inside: watch::Sender::new(0),
        going: watch::Sender::new(false),
        outboxes: Mutex::default(),
    });
    let router = Router::new()
        .route("/ws/feed", any(enter))
        .route("/publish", post(publish))
        .route("/connections", get(connections))
        .with_state(Arc::clone(&house));
    tokio::select! {
        _ = axum::serve(listener, router) => {}
        () = shutdown => {}
    }
    house.going.send_replace(true);
    let mut inside = house.inside.subscribe();
    let _ = timeout(TEN, inside.wait_for(|inside| *inside == 0)).await;
}

async fn connections(State(house): State<Arc<House>>) -> String {
    house.inside.borrow().to_string()
}

async fn publish(State(house): State<Arc<House>>, body: String) -> StatusCode {
    for (index, line) in body.lines().enumerate() {
        let text = Utf8Bytes::from(line);
        let push = |outbox: &Weak<Outbox>| {
            let outbox = outbox.upgrade();
            outbox.is_some_and(|outbox| outbox.push(text.clone()))
        };
        house.outboxes.lock().expect("nobody panics").retain(push);
        if index % 20 == 19 {
            yield_now().await;
        }
    }
    StatusCode::NO_CONTENT
}

impl Outbox {
    fn push(&self, text: Utf8Bytes) -> bool {
        let mut texts = self.texts.lock().expect("nobody panics");
        let room = texts.len() < 64;
        if room {
            texts.push_back(text);
            self.news.notify_one();
        } else {
            self.full.notify_one();
        }
        room
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.0.inside.send_modify(|inside| *inside -= 1);
    }
}

async fn enter(State(house): State<Arc<House>>, upgrade: WebSocketUpgrade) -> Response {
    let let_in = |inside: &mut usize| {
        let room = *inside < 100;
        *inside += usize::from(room);
        room
    };
    if !house.inside.send_if_modified(let_in) {
        return StatusCode::SERVICE_UNAVAILABLE.into_response();
    }
    let place = Place(house);
    upgrade
        .max_message_size(LONGEST)
        .max_frame_size(LONGEST)
        .on_upgrade(async move |socket| converse(socket, &place.0).await)
}

async fn converse(mut socket: WebSocket, house: &House) {
    let outbox = Arc::new(Outbox::default());
    let weak = Arc::downgrade(&outbox);
    house.outboxes.lock().expect("nobody panics").push(weak);
    let Some(code) = talk(&mut socket, house, &outbox).await else {
        return;
    };
    drop(outbox);
    let close = CloseFrame {
        code,
        reason: "".into(),
    };
    let goodbye = async {
        if socket.send(Message::Close(Some(close))).await.is_ok() {
            while let Some(Ok(_)) = socket.recv().await {}
            if code == 1009 {
                sleep(Duration::from_millis(500)).await;
            }
        }
    };
    let _ = timeout(TEN, goodbye).await;
}

/// Until there is a code to send, or nobody to send it to.
async fn talk(socket: &mut WebSocket, house: &House, outbox: &Outbox) -> Option<u16> {
    let mut going = house.going.subscribe();
    let going = async { drop(going.wait_for(|going| *going).await) };
    let mut going = std::pin::pin!(going);
    let (mut deadline, mut asked) = (Instant::now() + TWENTY, false);
    let mut said = VecDeque::new();
    loop {
        let texts = std::mem::take(&mut *outbox.texts.lock().expect("nobody panics"));
        if !texts.is_empty() {
            let write = async {
                for text in texts {
                    socket.feed(Message::Text(text)).await?;
                }
                socket.flush().await
            };
            let dead = deadline + if asked { Duration::ZERO } else { TWENTY };
            tokio::select! {
                biased;
                () = &mut going => return Some(1001),
                () = outbox.full.notified() => return Some(1013),
                written = write => written.ok()?,
                () = sleep_until(dead) => return Some(1011),
            }
            continue;
        }
        tokio::select! {
            biased;
            () = &mut going => return Some(1001),
            () = outbox.full.notified() => return Some(1013),
            message = socket.recv() => {
                (deadline, asked) = (Instant::now() + TWENTY, false);
                let message = match message? {
                    Ok(message) => message,
                    Err(error) if error.to_string().contains("too long") => return Some(1009),
                    Err(_) => return None,
                };
                if matches!(message, Message::Text(_) | Message::Binary(_)) {
                    let second = Duration::from_secs(1);
                    said.retain(|at: &Instant| at.elapsed() < second);
                    if said.len() == 20 {
                        return Some(1008);
                    }
                    said.push_back(Instant::now());
                }
                if let Message::Text(text) = message && !outbox.push(text) {
                    return Some(1013);
                }
            }
            () = outbox.news.notified() => {}
            () = sleep_until(deadline) => {
                if asked {
                    return Some(1011);
                }
                (deadline, asked) = (Instant::now() + TWENTY, true);
                let ping = socket.send(Message::Ping(Default::default()));
                if timeout(TWENTY, ping).await.is_err() {
                    return Some(1011);
                }
            }
        }
    }
}
