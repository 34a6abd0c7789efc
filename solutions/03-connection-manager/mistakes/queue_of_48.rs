//! queue_of_48: a bound that is nearly what was promised.

use axum::Router;

use super::{Chat, Member, Room, Seat};

pub fn app() -> Router {
    super::serve(Near::default())
}

#[derive(Clone, Default)]
struct Near(Room);

impl Chat for Near {
    type Member = Member;

    fn names(&self) -> Vec<String> {
        self.0.names()
    }

    fn enter(&self, name: String) -> Option<(Member, Seat)> {
        let mut inner = self.0.lock();
        if inner.places.contains_key(&name) {
            return None;
        }
        // Whoever counts on 64 is put out at the 49th.
        let (id, seat) = inner.insert(&name, 48);
        inner.publish(format!("-> {name} joined"));
        let room = self.0.clone();
        Some((Member { room, name, id }, seat))
    }

    async fn say(&self, member: &Member, text: &str) {
        member.say(text).await;
    }
}
