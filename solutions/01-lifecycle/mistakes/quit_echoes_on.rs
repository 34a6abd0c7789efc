//! quit_echoes_on: sends Close and goes on in the same loop, which still answers.

use std::time::Duration;

use axum::{
    Router,
    extract::ws::{CloseFrame, Message, WebSocket, close_code},
};
use tokio::time::{Instant, timeout_at};

pub fn app() -> Router {
    super::serve(converse)
}

async fn converse(mut socket: WebSocket) {
    let mut deadline = None;
    loop {
        let message = match deadline {
            None => socket.recv().await,
            Some(deadline) => timeout_at(deadline, socket.recv()).await.unwrap_or(None),
        };
        let Some(Ok(message)) = message else { return };
        let Message::Text(text) = message else {
            continue;
        };
        let answer = if text == "quit" {
            deadline = Some(Instant::now() + Duration::from_secs(5));
            Message::Close(Some(CloseFrame {
                code: close_code::NORMAL,
                reason: "".into(),
            }))
        } else {
            Message::text(format!("echo: {text}"))
        };
        // After our Close this fails with SendAfterClosing, and the peer's Close is never read.
        if socket.send(answer).await.is_err() {
            return;
        }
    }
}
