//! by_broadcast: a broadcast channel for the feed, which is looked at for those whom it has overtaken; two tasks a connection, an interval that is reset.

use std::{
    fmt::Debug,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering::SeqCst},
    },
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
use futures_util::{SinkExt, StreamExt, stream::SplitSink};
use tokio::{
    sync::{broadcast, mpsc},
    time::{Instant, MissedTickBehavior, interval, interval_at, sleep, timeout},
};
use tokio_util::sync::CancellationToken;

const QUEUE: usize = 64;
const FIVE: Duration = Duration::from_secs(5);
const TEN: Duration = Duration::from_secs(10);

#[derive(Clone)]
struct Server {
    feed: broadcast::Sender<Utf8Bytes>,
    inside: Arc<AtomicUsize>,
    stop: CancellationToken,
    /// Everybody holds one end; when the last is gone, the other end knows.
    _alive: mpsc::Sender<()>,
}

struct Inside(Arc<AtomicUsize>);

impl Drop for Inside {
    fn drop(&mut self) {
        self.0.fetch_sub(1, SeqCst);
    }
}

pub async fn serve<L>(listener: L, shutdown: Shutdown)
where
    L: Listener,
    L::Addr: Debug,
{
    let (alive, mut all_gone) = mpsc::channel(1);
    let server = Server {
        feed: broadcast::Sender::new(QUEUE),
        inside: Arc::default(),
        stop: CancellationToken::new(),
        _alive: alive,
    };
    let (stop, stopped) = (server.stop.clone(), server.stop.clone());
    let router = Router::new()
        .route("/connections", get(connections))
        .route("/publish", post(publish))
        .route("/ws/feed", any(enter))
        .with_state(server);
    let graceful = axum::serve(listener, router).with_graceful_shutdown(async move {
        shutdown.await;
        stop.cancel();
    });
    tokio::select! {
        _ = async { drop(graceful.await); all_gone.recv().await } => {}
        () = async { stopped.cancelled().await; sleep(TEN).await } => {}
    }
}

async fn connections(State(server): State<Server>) -> String {
    server.inside.load(SeqCst).to_string()
}

async fn publish(State(server): State<Server>, body: String) -> StatusCode {
    for line in body.lines() {
        let _ = server.feed.send(line.into());
        tokio::task::yield_now().await;
    }
    StatusCode::NO_CONTENT
}

async fn enter(State(server): State<Server>, upgrade: WebSocketUpgrade) -> Response {
    let let_in = |inside| (inside < 100).then_some(inside + 1);
    if server.inside.fetch_update(SeqCst, SeqCst, let_in).is_err() {
        return (StatusCode::SERVICE_UNAVAILABLE, "come back later").into_response();
    }
    let inside = Inside(Arc::clone(&server.inside));
    upgrade
        .max_frame_size(16 * 1024)
        .max_message_size(16 * 1024)
        .on_upgrade(async move |socket| {
            converse(socket, &server).await;
            drop(inside);
        })
}

async fn converse(socket: WebSocket, server: &Server) {
    let (sink, mut stream) = socket.split();
    let (own, commands) = mpsc::channel(QUEUE);
    let feed = server.feed.subscribe();
    let mut writer = tokio::spawn(write(sink, feed, commands));
    let close = |code| {
        Message::Close(Some(CloseFrame {
            code,
            reason: "".into(),
        }))
    };
    let period = Duration::from_secs(20);
    let mut beat = interval_at(Instant::now() + period, period);
    beat.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let (mut asked, mut begin, mut count) = (false, Instant::now(), 0);
    let code = loop {
        let message = tokio::select! {
            biased;
            () = server.stop.cancelled() => break Some(1001),
            message = stream.next() => message,
            // It has said goodbye already, or nobody was there to hear it.
            _ = &mut writer => break None,
            _ = beat.tick() => {
                if std::mem::replace(&mut asked, true) {
                    break Some(1011);
                }
                let _ = own.try_send(Message::Ping(Default::default()));
                continue;
            }
        };
        beat.reset();
        asked = false;
        match message {
            Some(Ok(message @ (Message::Text(_) | Message::Binary(_)))) => {
                if begin.elapsed() >= Duration::from_secs(1) {
                    (begin, count) = (Instant::now(), 0);
                }
                count += 1;
                if count > 20 {
                    break Some(1008);
                }
                if matches!(message, Message::Text(_)) && own.try_send(message).is_err() {
                    break Some(1013);
                }
            }
            Some(Ok(_)) => {}
            Some(Err(error)) if format!("{error:?}").contains("Capacity") => break Some(1009),
            Some(Err(_)) | None => {
                writer.abort();
                return;
            }
        }
    };
    let goodbye = async {
        if let Some(code) = code {
            let _ = own.send(close(code)).await;
        }
        while let Some(Ok(_)) = stream.next().await {}
        if code == Some(1009) {
            sleep(Duration::from_secs(1)).await;
        }
    };
    let _ = timeout(if code.is_some() { TEN } else { FIVE }, goodbye).await;
    writer.abort();
}

async fn write(
    mut sink: SplitSink<WebSocket, Message>,
    mut feed: broadcast::Receiver<Utf8Bytes>,
    mut commands: mpsc::Receiver<Message>,
) {
    loop {
        let message = tokio::select! {
            biased;
            Some(message) = commands.recv() => message,
            text = feed.recv() => match text {
                Ok(text) => Message::Text(text),
                Err(_) => break,
            }
        };
        let last = matches!(message, Message::Close(_));
        // Nobody tells a receiver that it is overtaken while it does something else.
        let overtaken = async {
            let mut looks = interval(Duration::from_millis(100));
            while feed.len() <= QUEUE {
                looks.tick().await;
            }
        };
        tokio::select! {
            sent = sink.send(message) => if sent.is_err() || last { return },
            () = overtaken, if !last => break,
        }
    }
    let close = CloseFrame {
        code: 1013,
        reason: "".into(),
    };
    let _ = timeout(FIVE, sink.send(Message::Close(Some(close)))).await;
}
