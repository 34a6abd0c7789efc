//! left_at_close_and_again: says that somebody left when it says goodbye, and when it is gone.

use axum::{
    Router,
    extract::ws::{Message, WebSocket},
};
use futures_util::StreamExt;

use super::{Chat, QUEUE, Room, Seat, write};

pub fn app() -> Router {
    super::serve_chat(Emphatic::default(), converse)
}

#[derive(Clone, Default)]
struct Emphatic(Room);

struct Member {
    room: Room,
    name: String,
    id: u64,
}

impl Chat for Emphatic {
    type Member = Member;

    fn names(&self) -> Vec<String> {
        self.0.names()
    }

    fn enter(&self, name: String) -> Option<(Member, Seat)> {
        let mut inner = self.0.lock();
        if inner.places.contains_key(&name) {
            return None;
        }
        let (id, seat) = inner.insert(&name, QUEUE);
        inner.publish(format!("-> {name} joined"));
        let room = self.0.clone();
        Some((Member { room, name, id }, seat))
    }

    async fn say(&self, member: &Member, text: &str) {
        {
            let mut inner = self.0.lock();
            if inner.is_in(&member.name, member.id) {
                inner.publish(format!("{}: {text}", member.name));
            }
        }
        self.0.give_way().await;
    }
}

impl Member {
    fn leave(&self) {
        let mut inner = self.room.lock();
        // Unless somebody else has the name by now; but whether it was there at all, nobody asks.
        if inner.is_in(&self.name, self.id) || !inner.places.contains_key(&self.name) {
            inner.places.remove(&self.name);
            inner.publish(format!("<- {} left", self.name));
        }
    }
}

impl Drop for Member {
    fn drop(&mut self) {
        self.leave();
    }
}

async fn converse(socket: WebSocket, chat: Emphatic, member: Member, seat: Seat) {
    let (sink, mut stream) = socket.split();
    let writer = tokio::spawn(write(sink, seat.queue));
    let talk = async {
        while let Some(Ok(message)) = stream.next().await {
            match message {
                Message::Text(text) => chat.say(&member, &text).await,
                Message::Close(_) => member.leave(),
                _ => {}
            }
        }
    };
    tokio::select! {
        () = talk => {}
        _ = seat.put_out => {}
    }
    writer.abort();
}
