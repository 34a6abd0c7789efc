//! a_ticket_prolongs: keeps how long a token is still valid, and reads it again when the ticket comes.

use axum::Router;

use super::{Doors, Pass, TICKET};

pub fn app() -> Router {
    super::serve_redeem(redeem)
}

// ANCHOR: ticket_prolongs
fn redeem(doors: &Doors, ticket: &str) -> Option<Pass> {
    let ticket = doors.tickets.lock().unwrap().remove(ticket)?;
    // `expires_in` is from then, and `Pass::from` counts from now.
    let young = ticket.issued.elapsed() < TICKET;
    young.then(|| Pass::from(ticket.claims))
}
// ANCHOR_END: ticket_prolongs
