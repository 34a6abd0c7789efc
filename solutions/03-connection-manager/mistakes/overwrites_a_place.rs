//! overwrites_a_place: inserts without looking, and so puts whoever had the name out of the map.

use axum::{
    Router,
    extract::ws::{Message, WebSocket},
};
use futures_util::{SinkExt, StreamExt};

use super::{Chat, Member, QUEUE, Room, Seat, listen};

pub fn app() -> Router {
    super::serve_chat(Crowded::default(), converse)
}

#[derive(Clone, Default)]
struct Crowded(Room);

impl Chat for Crowded {
    type Member = Member;

    fn names(&self) -> Vec<String> {
        self.0.names()
    }

    fn enter(&self, name: String) -> Option<(Member, Seat)> {
        let mut inner = self.0.lock();
        // A map has one place for a name, and takes whoever comes last.
        let (id, seat) = inner.insert(&name, QUEUE);
        inner.publish(format!("-> {name} joined"));
        let room = self.0.clone();
        Some((Member { room, name, id }, seat))
    }

    async fn say(&self, member: &Member, text: &str) {
        member.say(text).await;
    }
}

async fn converse(socket: WebSocket, chat: Crowded, member: Member, mut seat: Seat) {
    let (mut sink, stream) = socket.split();
    let writer = tokio::spawn(async move {
        while let Some(text) = seat.queue.recv().await {
            if sink.send(Message::Text(text)).await.is_err() {
                return;
            }
        }
    });
    listen(stream, &chat, &member).await;
    writer.abort();
}
