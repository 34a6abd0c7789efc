//! queue_of_8: a bound so tight that the healthy do not fit into it.

use axum::Router;

use super::{Chat, Member, Room, Seat};

pub fn app() -> Router {
    super::serve(Tight::default())
}

#[derive(Clone, Default)]
struct Tight(Room);

impl Chat for Tight {
    type Member = Member;

    fn names(&self) -> Vec<String> {
        self.0.names()
    }

    fn enter(&self, name: String) -> Option<(Member, Seat)> {
        let mut inner = self.0.lock();
        if inner.places.contains_key(&name) {
            return None;
        }
        // Nine messages before a writer has its turn, and whoever it writes for is out.
        let (id, seat) = inner.insert(&name, 8);
        inner.publish(format!("-> {name} joined"));
        let room = self.0.clone();
        Some((Member { room, name, id }, seat))
    }

    async fn say(&self, member: &Member, text: &str) {
        member.say(text).await;
    }
}
