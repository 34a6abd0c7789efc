//! two_tasks: one task receives, another works and sends, with a bounded queue between them; a Close may overtake the last answers.

use axum::{
    Router,
    extract::ws::{Message, WebSocket},
};
use futures_util::{SinkExt, StreamExt};
use tokio::sync::mpsc;

use crate::mistakes::{farewell, reply, serve};

pub fn app() -> Router {
    serve(converse)
}

async fn converse(socket: WebSocket) {
    let (mut sink, mut stream) = socket.split();
    let (commands, mut queue) = mpsc::channel(16);
    let worker = tokio::spawn(async move {
        while let Some(message) = queue.recv().await {
            let reply = match message {
                Message::Close(_) => Some(message),
                other => reply(other),
            };
            let Some(reply) = reply else { continue };
            if let Err(error) = sink.send(reply).await {
                // The peer's Close was received while this answer was under way.
                tracing::debug!(%error, "an answer nobody waits for");
                return;
            }
        }
    });
    while let Some(message) = stream.next().await {
        let message = match message {
            // tungstenite answers it.
            Ok(Message::Close(_)) => continue,
            Ok(message) => message,
            Err(error) => match farewell(&error) {
                Some(close) => Message::Close(Some(close)),
                None => break,
            },
        };
        if commands.send(message).await.is_err() {
            break;
        }
    }
    drop(commands);
    let _ = worker.await;
}
