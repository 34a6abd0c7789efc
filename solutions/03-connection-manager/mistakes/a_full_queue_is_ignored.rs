//! a_full_queue_is_ignored: tries to send, and does not look whether it did.

use axum::{Router, extract::ws::Utf8Bytes};

use super::{Chat, Inner, QUEUE, Room, Seat};

pub fn app() -> Router {
    super::serve(Careless::default())
}

// ANCHOR: publish
fn publish(inner: &mut Inner, text: String) {
    let text = Utf8Bytes::from(text);
    for place in inner.places.values() {
        // Full means: lost for this member, and nobody is told.
        let _ = place.queue.try_send(text.clone());
    }
}
// ANCHOR_END: publish

#[derive(Clone, Default)]
struct Careless(Room);

struct Member {
    room: Room,
    name: String,
    id: u64,
}

impl Chat for Careless {
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
        publish(&mut inner, format!("-> {name} joined"));
        let room = self.0.clone();
        Some((Member { room, name, id }, seat))
    }

    async fn say(&self, member: &Member, text: &str) {
        {
            let mut inner = self.0.lock();
            if inner.is_in(&member.name, member.id) {
                publish(&mut inner, format!("{}: {text}", member.name));
            }
        }
        self.0.give_way().await;
    }
}

impl Drop for Member {
    fn drop(&mut self) {
        let mut inner = self.room.lock();
        if inner.is_in(&self.name, self.id) {
            inner.places.remove(&self.name);
            publish(&mut inner, format!("<- {} left", self.name));
        }
    }
}
