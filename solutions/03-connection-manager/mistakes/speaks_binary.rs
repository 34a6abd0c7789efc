//! speaks_binary: passes on whatever can be read as text.

use std::time::Duration;

use axum::{
    Router,
    extract::ws::{Message, WebSocket},
};
use futures_util::{StreamExt, stream::SplitStream};
use tokio::time::sleep;

use super::{Member, Room, Seat, write};

pub fn app() -> Router {
    super::serve_chat(Room::default(), converse)
}

async fn converse(socket: WebSocket, _: Room, member: Member, seat: Seat) {
    let (sink, stream) = socket.split();
    let writer = tokio::spawn(write(sink, seat.queue));
    tokio::select! {
        () = listen(stream, &member) => {}
        () = async { drop(seat.put_out.await); sleep(Duration::from_secs(5)).await } => {}
    }
    writer.abort();
}

async fn listen(mut stream: SplitStream<WebSocket>, member: &Member) {
    while let Some(Ok(message)) = stream.next().await {
        match message {
            Message::Text(_) | Message::Binary(_) => {
                if let Ok(text) = message.into_text() {
                    member.say(&text).await;
                }
            }
            _ => {}
        }
    }
}
