//! text_only_loop: takes whatever is no text for the end.

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
    // The pattern fails at a ping as well, and then the loop is over.
    while let Some(Ok(Message::Text(text))) = stream.next().await {
        member.say(&text).await;
    }
}
