//! leaves_twice: whoever was put out is announced as leaving once more when the connection ends.

use axum::Router;

use super::{Chat, QUEUE, Room, Seat};

pub fn app() -> Router {
    super::serve(Twice::default())
}

#[derive(Clone, Default)]
struct Twice(Room);

struct Member {
    room: Room,
    name: String,
    id: u64,
}

impl Chat for Twice {
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

impl Drop for Member {
    fn drop(&mut self) {
        let mut inner = self.room.lock();
        if inner.is_in(&self.name, self.id) {
            inner.places.remove(&self.name);
        }
        // Said whether there was anybody to remove or not.
        inner.publish(format!("<- {} left", self.name));
    }
}
