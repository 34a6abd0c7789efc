//! logs_what_it_refuses: writes down what was wrong: the token.

use axum::{
    Router,
    extract::{Query, State, ws::WebSocketUpgrade},
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

async fn query(
    State(doors): Shared,
    Query(brought): Query<Brought>,
    upgrade: WebSocketUpgrade,
) -> Response {
    let token = brought.token.unwrap_or_default();
    let pass = doors.pass(&token);
    if pass.is_none() {
        tracing::warn!(%token, "a bad token");
    }
    doors.admit(upgrade, pass)
}
