//! missing_token_is_400: leaves it to the extractor to find out that there is no token.

use axum::{
    Router,
    extract::{Query, State, ws::WebSocketUpgrade},
    response::Response,
    routing::any,
};
use serde::Deserialize;

use super::{House, Shared};

#[derive(Deserialize)]
struct Brought {
    token: String,
}

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
    let pass = doors.pass(&brought.token);
    doors.admit(upgrade, pass)
}
