//! looks_then_takes: looks a ticket up, waits for the store, and then takes it away.

use axum::{
    Router,
    extract::{Query, State, ws::WebSocketUpgrade},
    response::Response,
    routing::any,
};
use tokio::task::yield_now;

use super::{Brought, House, Shared, Ticket};

pub fn app() -> Router {
    super::serve(House {
        with_ticket: any(with_ticket),
        ..super::right()
    })
}

// ANCHOR: looks
async fn with_ticket(
    State(doors): Shared,
    Query(brought): Query<Brought>,
    upgrade: WebSocketUpgrade,
) -> Response {
    let text = brought.ticket.unwrap_or_default();
    let ticket = doors.tickets.lock().unwrap().get(&text).cloned();
    // In the place of a store elsewhere, which answers `GET` now, and will be told `DEL` next.
    for _ in 0..3 {
        yield_now().await;
    }
    doors.tickets.lock().unwrap().remove(&text);
    doors.admit(upgrade, ticket.and_then(Ticket::pass))
}
// ANCHOR_END: looks
