//! leaves_only_at_close: waits for a goodbye, and most who leave say none.

use axum::{
    Router,
    extract::{
        Path, State,
        ws::{Message, WebSocketUpgrade},
    },
    http::StatusCode,
    response::{IntoResponse, Response},
    routing::{any, get},
};
use futures_util::StreamExt;

use super::{Chat, QUEUE, Room, Seat, members, write};

pub fn app() -> Router {
    Router::new()
        .route("/ws/chat/{username}", any(enter))
        .route("/members", get(members::<Polite>))
        .with_state(Polite::default())
}

#[derive(Clone, Default)]
struct Polite(Room);

struct Member {
    name: String,
    id: u64,
}

impl Polite {
    fn leave(&self, member: &Member) {
        let mut inner = self.0.lock();
        if inner.is_in(&member.name, member.id) {
            inner.places.remove(&member.name);
            inner.publish(format!("<- {} left", member.name));
        }
    }
}

impl Chat for Polite {
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
        Some((Member { name, id }, seat))
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

async fn enter(
    Path(name): Path<String>,
    State(chat): State<Polite>,
    upgrade: WebSocketUpgrade,
) -> Response {
    let Some((member, seat)) = chat.enter(name) else {
        return StatusCode::CONFLICT.into_response();
    };
    upgrade.on_upgrade(async move |socket| {
        let (sink, mut stream) = socket.split();
        let writer = tokio::spawn(write(sink, seat.queue));
        let talk = async {
            while let Some(Ok(message)) = stream.next().await {
                match message {
                    Message::Text(text) => chat.say(&member, &text).await,
                    // Whoever loses the network never comes here.
                    Message::Close(_) => chat.leave(&member),
                    _ => {}
                }
            }
        };
        tokio::select! {
            () = talk => {}
            _ = seat.put_out => {}
        }
        writer.abort();
    })
}
