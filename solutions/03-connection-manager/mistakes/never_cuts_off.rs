//! never_cuts_off: forgets whoever was put out, and keeps its connection, with a writer that is stuck in it.

use axum::{
    Router,
    extract::{Path, State, ws::WebSocketUpgrade},
    http::StatusCode,
    response::{IntoResponse, Response},
    routing::{any, get},
};
use futures_util::StreamExt;

use super::{Chat, Member, Room, Seat, listen, members, write};

pub fn app() -> Router {
    Router::new()
        .route("/ws/chat/{username}", any(enter))
        .route("/members", get(members::<Forgetful>))
        .with_state(Forgetful::default())
}

#[derive(Clone, Default)]
struct Forgetful(Room);

impl Chat for Forgetful {
    type Member = Member;

    fn names(&self) -> Vec<String> {
        self.0.names()
    }

    fn enter(&self, name: String) -> Option<(Member, Seat)> {
        self.0.enter(name)
    }

    async fn say(&self, member: &Member, text: &str) {
        member.say(text).await;
    }
}

async fn enter(
    Path(name): Path<String>,
    State(chat): State<Forgetful>,
    upgrade: WebSocketUpgrade,
) -> Response {
    let Some((member, seat)) = chat.enter(name) else {
        return StatusCode::CONFLICT.into_response();
    };
    upgrade.on_upgrade(async move |socket| {
        let (sink, stream) = socket.split();
        let writer = tokio::spawn(write(sink, seat.queue));
        // This ends when the peer ends it. One that is stuck does not.
        listen(stream, &chat, &member).await;
        writer.abort();
    })
}
