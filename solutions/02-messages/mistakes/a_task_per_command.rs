//! a_task_per_command: answers commands from tasks of their own, so that the answers overtake each other.

use axum::{
    Router,
    extract::ws::{Message, WebSocket},
};
use futures_util::{SinkExt, StreamExt};
use tokio::sync::mpsc;

pub fn app() -> Router {
    super::serve(converse)
}

async fn converse(socket: WebSocket) {
    let (mut sink, mut stream) = socket.split();
    let (replies, mut queue) = mpsc::channel(64);
    let writer = tokio::spawn(async move {
        while let Some(reply) = queue.recv().await {
            if sink.send(reply).await.is_err() {
                break;
            }
        }
        sink
    });
    let error = loop {
        match stream.next().await {
            None => break None,
            Some(Err(error)) => break Some(error),
            Some(Ok(message @ Message::Text(_))) => {
                let replies = replies.clone();
                // A slow command keeps nobody waiting; a quick one is answered before those that came first.
                tokio::spawn(async move {
                    if let Some(reply) = super::reply(message) {
                        let _ = replies.send(reply).await;
                    }
                });
            }
            Some(Ok(message)) => {
                if let Some(reply) = super::reply(message) {
                    let _ = replies.send(reply).await;
                }
            }
        }
    };
    drop(replies);
    let Ok(sink) = writer.await else { return };
    if let (Some(error), Ok(socket)) = (error, sink.reunite(stream)) {
        super::send_away(socket, &error).await;
    }
}
