//! leaves_the_writer_behind: ends the task that listens, and forgets the one that writes.

use std::time::Duration;

use axum::{Router, extract::ws::WebSocket};
use futures_util::StreamExt;
use tokio::time::sleep;

use super::{Member, Room, Seat, listen, write};

pub fn app() -> Router {
    super::serve_chat(Room::default(), converse)
}

async fn converse(socket: WebSocket, room: Room, member: Member, seat: Seat) {
    let (sink, stream) = socket.split();
    // Stuck in a flush it never looks at its queue, so it does not learn that the room has let go.
    tokio::spawn(write(sink, seat.queue));
    tokio::select! {
        () = listen(stream, &room, &member) => {}
        () = async { drop(seat.put_out.await); sleep(Duration::from_secs(5)).await } => {}
    }
}
