//! refuses_after_the_upgrade: accepts everybody, and tells those whose name is taken with a Close.

use std::time::Duration;

use axum::{
    Router,
    extract::{
        Path, State,
        ws::{CloseFrame, Message, WebSocketUpgrade, close_code},
    },
    response::Response,
    routing::{any, get},
};

use super::{Chat, Member, Room, Seat, converse, members};

pub fn app() -> Router {
    Router::new()
        .route("/ws/chat/{username}", any(enter))
        .route("/members", get(members::<Welcoming>))
        .with_state(Welcoming::default())
}

#[derive(Clone, Default)]
struct Welcoming(Room);

impl Chat for Welcoming {
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
    State(chat): State<Welcoming>,
    upgrade: WebSocketUpgrade,
) -> Response {
    upgrade.on_upgrade(async move |mut socket| {
        let Some((member, seat)) = chat.enter(name) else {
            // A client that waits for `open` to know that it is in has been told so.
            let (code, reason) = (close_code::POLICY, "this name is taken".into());
            let close = Message::Close(Some(CloseFrame { code, reason }));
            let _ = socket.send(close).await;
            let drain = async { while let Some(Ok(_)) = socket.recv().await {} };
            let _ = tokio::time::timeout(Duration::from_secs(5), drain).await;
            return;
        };
        converse(socket, &chat, &member, seat).await;
    })
}
