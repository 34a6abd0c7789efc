//! dismisses_who_has_left: a Close is not the right first message either, and gets 1008.

use std::sync::Arc;

use axum::{
    Router,
    extract::ws::{Message, WebSocket, close_code},
};
use tokio::time::timeout;

use super::{Doors, GRACE};

pub fn app() -> Router {
    super::serve_introduction(receive)
}

async fn receive(mut socket: WebSocket, doors: Arc<Doors>) {
    let introduction = async {
        loop {
            match socket.recv().await {
                Some(Ok(Message::Ping(_) | Message::Pong(_))) => {}
                Some(Ok(Message::Text(text))) => return super::presented(&text),
                _ => return None,
            }
        }
    };
    let token = timeout(GRACE, introduction).await.ok().flatten();
    match token.and_then(|token| doors.pass(&token)) {
        Some(pass) => (doors.session)(socket, pass).await,
        // tungstenite refuses to send a second Close, and the first one, which it owes the peer, is
        // not flushed.
        None => super::dismiss(socket, close_code::POLICY).await,
    }
}
