//! removes_by_name: a connection that ends late takes out whoever has its name by then.

use axum::Router;

use super::{Chat, QUEUE, Room, Seat};

pub fn app() -> Router {
    super::serve(ByName::default())
}

#[derive(Clone, Default)]
struct ByName(Room);

struct Member {
    room: Room,
    name: String,
    id: u64,
}

impl Chat for ByName {
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
        // Somebody of this name is in. Is it the one who leaves?
        if inner.places.remove(&self.name).is_some() {
            inner.publish(format!("<- {} left", self.name));
        }
    }
}
