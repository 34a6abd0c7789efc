//! put_out_and_still_heard: takes the queue from whoever was put out, and not the word.

use axum::Router;

use super::{Chat, Member, Room, Seat};

pub fn app() -> Router {
    super::serve(Ghosts::default())
}

#[derive(Clone, Default)]
struct Ghosts(Room);

impl Chat for Ghosts {
    type Member = Member;

    fn names(&self) -> Vec<String> {
        self.0.names()
    }

    fn enter(&self, name: String) -> Option<(Member, Seat)> {
        self.0.enter(name)
    }

    async fn say(&self, member: &Member, text: &str) {
        // Whoever has a connection may speak: nobody asks whether it is still a member.
        self.0.lock().publish(format!("{}: {text}", member.name));
        self.0.give_way().await;
    }
}
