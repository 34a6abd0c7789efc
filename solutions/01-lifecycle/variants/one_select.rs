//! one_select: one `select!` over the socket and a timer, a `watch` for the count, a flush at Close instead of a further poll.

use std::time::Duration;

use axum::{
    Router,
    extract::ws::{CloseFrame, Message, WebSocket, WebSocketUpgrade, close_code},
    routing::{any, get},
};
use futures_util::SinkExt;
use tokio::{
    sync::watch,
    time::{Instant, sleep_until},
};

pub fn app() -> Router {
    let (here, count) = watch::channel(0usize);
    let upgrade = any(async move |upgrade: WebSocketUpgrade| {
        upgrade.on_upgrade(async move |socket| {
            let _seat = Seat::take(here);
            converse(socket).await;
        })
    });
    let connections = get(async move || count.borrow().to_string());
    Router::new()
        .route("/ws/echo", upgrade)
        .route("/connections", connections)
}

struct Seat(watch::Sender<usize>);

impl Seat {
    fn take(here: watch::Sender<usize>) -> Self {
        here.send_modify(|count| *count += 1);
        Seat(here)
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        self.0.send_modify(|count| *count -= 1);
    }
}

async fn converse(mut socket: WebSocket) {
    let far = Instant::now() + Duration::from_secs(86_400 * 365);
    let mut deadline = far;
    loop {
        let message = tokio::select! {
            message = socket.recv() => message,
            () = sleep_until(deadline) => return,
        };
        match message {
            None | Some(Err(_)) => return,
            Some(Ok(Message::Close(_))) => {
                // Flushing sends the reply that is queued, as a further poll would.
                let _ = SinkExt::flush(&mut socket).await;
                return;
            }
            Some(Ok(Message::Text(text))) if deadline == far => {
                let sent = if text == "quit" {
                    deadline = Instant::now() + Duration::from_secs(5);
                    let (code, reason) = (close_code::NORMAL, "".into());
                    socket
                        .send(Message::Close(Some(CloseFrame { code, reason })))
                        .await
                } else {
                    socket
                        .send(Message::Text(format!("echo: {text}").into()))
                        .await
                };
                if sent.is_err() {
                    return;
                }
            }
            Some(Ok(_)) => {}
        }
    }
}
