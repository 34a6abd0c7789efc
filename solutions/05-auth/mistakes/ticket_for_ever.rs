//! ticket_for_ever: takes a ticket away when it is used, and never for its age.

use axum::Router;

use super::{Doors, Pass};

pub fn app() -> Router {
    super::serve_redeem(redeem)
}

fn redeem(doors: &Doors, ticket: &str) -> Option<Pass> {
    let ticket = doors.tickets.lock().unwrap().remove(ticket)?;
    Some(Pass {
        until: ticket.issued + ticket.claims.expires_in,
        user: ticket.claims.user,
    })
}
