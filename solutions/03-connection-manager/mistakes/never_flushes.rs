//! never_flushes: puts messages into a buffer, and leaves them there.

use axum::{
    Router,
    extract::ws::{Message, Utf8Bytes, WebSocket},
};
use futures_util::{SinkExt, StreamExt, stream::SplitSink};
use tokio::sync::mpsc;

use super::{Member, Room, Seat, listen};

pub fn app() -> Router {
    super::serve_chat(Room::default(), converse)
}

async fn converse(socket: WebSocket, room: Room, member: Member, seat: Seat) {
    let (sink, stream) = socket.split();
    let writer = tokio::spawn(write(sink, seat.queue));
    listen(stream, &room, &member).await;
    writer.abort();
}

async fn write(mut sink: SplitSink<WebSocket, Message>, mut queue: mpsc::Receiver<Utf8Bytes>) {
    while let Some(text) = queue.recv().await {
        // Ready as soon as there is room in the buffer; what is in it waits for a flush.
        if sink.feed(Message::Text(text)).await.is_err() {
            return;
        }
    }
}
