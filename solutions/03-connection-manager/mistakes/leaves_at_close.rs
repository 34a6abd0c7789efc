//! leaves_at_close: takes the Close for the end, and drops the socket before the answer is sent.

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
            Message::Text(text) => member.say(&text).await,
            // The library has an answer ready, and the next read would send it.
            Message::Close(_) => return,
            _ => {}
        }
    }
}
