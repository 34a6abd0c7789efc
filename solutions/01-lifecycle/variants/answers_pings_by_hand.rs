//! answers_pings_by_hand: right by luck, since tungstenite 0.29 puts a pong that you send in the place of the one it had queued.

use axum::{
    Router,
    extract::ws::{Message, WebSocket},
};

use crate::mistakes::{say_goodbye, serve};

pub fn app() -> Router {
    serve(converse)
}

async fn converse(mut socket: WebSocket) {
    while let Some(Ok(message)) = socket.recv().await {
        let sent = match message {
            Message::Text(text) if text == "quit" => return say_goodbye(socket).await,
            Message::Text(text) => socket.send(Message::text(format!("echo: {text}"))).await,
            // There is one queued already. Only one of them leaves.
            Message::Ping(payload) => socket.send(Message::Pong(payload)).await,
            _ => Ok(()),
        };
        if sent.is_err() {
            return;
        }
    }
}
