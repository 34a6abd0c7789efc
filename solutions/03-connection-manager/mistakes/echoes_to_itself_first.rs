//! echoes_to_itself_first: gives the speaker its own words at once, and everybody else in the order of a task in the middle.

use axum::{Router, extract::ws::Utf8Bytes};
use tokio::sync::mpsc;

use super::{Chat, Member, Room, Seat};

pub fn app() -> Router {
    let (hub, mut said) = mpsc::channel::<Said>(16);
    let echoing = Echoing {
        room: Room::default(),
        hub,
    };
    let room = echoing.room.clone();
    tokio::spawn(async move {
        while let Some(said) = said.recv().await {
            let mut inner = room.lock();
            let mut out = vec![];
            for (name, place) in &inner.places {
                if *name != said.name && place.queue.try_send(said.text.clone()).is_err() {
                    out.push(name.clone());
                }
            }
            for name in out {
                inner.places.remove(&name);
                inner.publish(format!("<- {name} left"));
            }
        }
    });
    super::serve(echoing)
}

#[derive(Clone)]
struct Echoing {
    room: Room,
    hub: mpsc::Sender<Said>,
}

struct Said {
    name: String,
    text: Utf8Bytes,
}

impl Chat for Echoing {
    type Member = Member;

    fn names(&self) -> Vec<String> {
        self.room.names()
    }

    fn enter(&self, name: String) -> Option<(Member, Seat)> {
        self.room.enter(name)
    }

    async fn say(&self, member: &Member, text: &str) {
        let text = Utf8Bytes::from(format!("{}: {text}", member.name));
        let name = member.name.clone();
        {
            let inner = self.room.lock();
            if !inner.is_in(&name, member.id) {
                return;
            }
            // Feels fast. What others have said in the meantime comes later here, and earlier everywhere else.
            let _ = inner.places[&name].queue.try_send(text.clone());
        }
        let _ = self.hub.send(Said { name, text }).await;
    }
}
