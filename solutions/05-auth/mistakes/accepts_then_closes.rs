//! accepts_then_closes: lets everybody in, and then out again with 1008.

use axum::{
    Router,
    extract::{
        Query, State,
        ws::{WebSocketUpgrade, close_code},
    },
    response::Response,
    routing::any,
};

use super::{Brought, House, Shared};

pub fn app() -> Router {
    super::serve(House {
        query: any(query),
        ..super::right()
    })
}

// ANCHOR: accepts
async fn query(
    State(doors): Shared,
    Query(brought): Query<Brought>,
    upgrade: WebSocketUpgrade,
) -> Response {
    upgrade.on_upgrade(async move |socket| {
        // As `await ws.accept()` and `await ws.close(1008)` would do it.
        match brought.token.and_then(|token| doors.pass(&token)) {
            Some(pass) => (doors.session)(socket, pass).await,
            None => super::dismiss(socket, close_code::POLICY).await,
        }
    })
}
// ANCHOR_END: accepts
