//! stops_at_the_first_dead: takes one member's failure for its own, and tells nobody behind it.

use axum::{Router, extract::ws::Utf8Bytes};
use tokio::sync::mpsc::error::TrySendError;

use super::{Chat, Inner, QUEUE, Room, Seat};

pub fn app() -> Router {
    super::serve(Discouraged::default())
}

#[derive(Clone, Default)]
struct Discouraged(Room);

struct Member {
    room: Room,
    name: String,
    id: u64,
}

// ANCHOR: publish
fn publish(inner: &Inner, text: String) -> Result<(), TrySendError<Utf8Bytes>> {
    let text = Utf8Bytes::from(text);
    for place in inner.places.values() {
        // This `?` is about one member, and leaves the loop over all of them.
        place.queue.try_send(text.clone())?;
    }
    Ok(())
}
// ANCHOR_END: publish

impl Chat for Discouraged {
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
        let _ = publish(&inner, format!("-> {name} joined"));
        let room = self.0.clone();
        Some((Member { room, name, id }, seat))
    }

    async fn say(&self, member: &Member, text: &str) {
        let sent = publish(&self.0.lock(), format!("{}: {text}", member.name));
        if let Err(TrySendError::Full(_) | TrySendError::Closed(_)) = sent {
            // Worth a line in a log, at most.
        }
        self.0.give_way().await;
    }
}

impl Drop for Member {
    fn drop(&mut self) {
        let mut inner = self.room.lock();
        if inner.is_in(&self.name, self.id) {
            inner.places.remove(&self.name);
            let _ = publish(&inner, format!("<- {} left", self.name));
        }
    }
}
