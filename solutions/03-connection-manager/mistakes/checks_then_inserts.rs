//! checks_then_inserts: asks whether a name is free, and takes it later, when it may be somebody else's.

use axum::{
    Router,
    extract::{Path, State, ws::WebSocketUpgrade},
    http::StatusCode,
    response::{IntoResponse, Response},
    routing::{any, get},
};

use super::{Chat, Member, QUEUE, Room, Seat, converse, members};

pub fn app() -> Router {
    Router::new()
        .route("/ws/chat/{username}", any(enter))
        .route("/members", get(members::<Late>))
        .with_state(Late::default())
}

#[derive(Clone, Default)]
struct Late(Room);

impl Chat for Late {
    type Member = Member;

    fn names(&self) -> Vec<String> {
        self.0.names()
    }

    fn enter(&self, name: String) -> Option<(Member, Seat)> {
        let mut inner = self.0.lock();
        let (id, seat) = inner.insert(&name, QUEUE);
        inner.publish(format!("-> {name} joined"));
        let room = self.0.clone();
        Some((Member { room, name, id }, seat))
    }

    async fn say(&self, member: &Member, text: &str) {
        member.say(text).await;
    }
}

async fn enter(
    Path(name): Path<String>,
    State(chat): State<Late>,
    upgrade: WebSocketUpgrade,
) -> Response {
    if chat.names().contains(&name) {
        return StatusCode::CONFLICT.into_response();
    }
    // Between the answer above and the line below lies a whole handshake.
    upgrade.on_upgrade(async move |socket| {
        let Some((member, seat)) = chat.enter(name) else {
            return;
        };
        converse(socket, &chat, &member, seat).await;
    })
}
