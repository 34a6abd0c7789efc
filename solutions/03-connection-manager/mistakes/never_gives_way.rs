//! never_gives_way: publishes as long as there is something to publish, while the writers wait for their turn.

use axum::Router;

use super::{Chat, Member, Room, Seat};

pub fn app() -> Router {
    super::serve(Hasty::default())
}

#[derive(Clone, Default)]
struct Hasty(Room);

impl Chat for Hasty {
    type Member = Member;

    fn names(&self) -> Vec<String> {
        self.0.names()
    }

    fn enter(&self, name: String) -> Option<(Member, Seat)> {
        self.0.enter(name)
    }

    async fn say(&self, member: &Member, text: &str) {
        let mut inner = self.0.lock();
        if inner.is_in(&member.name, member.id) {
            inner.publish(format!("{}: {text}", member.name));
        }
        // And back to the next message, which is there already: nothing on this way ever waits.
    }
}
