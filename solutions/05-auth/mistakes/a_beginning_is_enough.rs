//! a_beginning_is_enough: compares the secret of a ticket as far as it was brought.

use axum::Router;

use super::{Doors, Pass};

pub fn app() -> Router {
    super::serve_redeem(redeem)
}

// ANCHOR: begins
fn redeem(doors: &Doors, ticket: &str) -> Option<Pass> {
    let mut tickets = doors.tickets.lock().unwrap();
    let (number, secret) = ticket.split_at_checked(11)?;
    let found = tickets.keys().find(|key| key.starts_with(number))?.clone();
    let ticket = tickets.remove(&found)?;
    // Every text begins with the empty one.
    found[11..].starts_with(secret).then(|| ticket.pass())?
}
// ANCHOR_END: begins
