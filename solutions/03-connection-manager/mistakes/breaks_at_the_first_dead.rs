//! breaks_at_the_first_dead: puts out the one who failed, and tells nobody behind it what was said.

use axum::{Router, extract::ws::Utf8Bytes};

use super::{Chat, Inner, QUEUE, Room, Seat};

pub fn app() -> Router {
    super::serve(Hasty::default())
}

fn publish(inner: &mut Inner, text: String) {
    let text = Utf8Bytes::from(text);
    let mut out = None;
    for (name, place) in &inner.places {
        if place.queue.try_send(text.clone()).is_err() {
            out = Some(name.clone());
            // The members come in the order of their names, and those behind this one miss the message.
            break;
        }
    }
    if let Some(name) = out {
        inner.places.remove(&name);
        publish(inner, format!("<- {name} left"));
    }
}

#[derive(Clone, Default)]
struct Hasty(Room);

struct Member {
    room: Room,
    name: String,
    id: u64,
}

impl Chat for Hasty {
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
