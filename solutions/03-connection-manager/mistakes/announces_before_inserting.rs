//! announces_before_inserting: tells everyone of the newcomer while it is not one of them yet.

use axum::Router;

use super::{Chat, Member, QUEUE, Room, Seat};

pub fn app() -> Router {
    super::serve(Early::default())
}

#[derive(Clone, Default)]
struct Early(Room);

impl Chat for Early {
    type Member = Member;

    fn names(&self) -> Vec<String> {
        self.0.names()
    }

    fn enter(&self, name: String) -> Option<(Member, Seat)> {
        let mut inner = self.0.lock();
        if inner.places.contains_key(&name) {
            return None;
        }
        // The one who just came is the only one who does not hear it.
        inner.publish(format!("-> {name} joined"));
        let (id, seat) = inner.insert(&name, QUEUE);
        let room = self.0.clone();
        Some((Member { room, name, id }, seat))
    }

    async fn say(&self, member: &Member, text: &str) {
        member.say(text).await;
    }
}
