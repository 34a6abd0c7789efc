//! a_token_is_a_ticket: takes a token where a ticket is due, to spare its owner a request.

use axum::{
    Router,
    extract::{Query, State, ws::WebSocketUpgrade},
    response::Response,
    routing::any,
};

use super::{Brought, House, Shared};

pub fn app() -> Router {
    super::serve(House {
        with_ticket: any(with_ticket),
        ..super::right()
    })
}

async fn with_ticket(
    State(doors): Shared,
    Query(brought): Query<Brought>,
    upgrade: WebSocketUpgrade,
) -> Response {
    let ticket = brought.ticket.as_deref();
    let pass = ticket
        .and_then(|ticket| super::redeem(&doors, ticket))
        .or_else(|| doors.pass(brought.token.as_deref()?));
    doors.admit(upgrade, pass)
}
