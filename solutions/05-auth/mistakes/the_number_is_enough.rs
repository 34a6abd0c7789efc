//! the_number_is_enough: finds a ticket by its first half, and never looks at the other one.

use axum::Router;

use super::{Doors, Pass};

pub fn app() -> Router {
    super::serve_redeem(redeem)
}

fn redeem(doors: &Doors, ticket: &str) -> Option<Pass> {
    let mut tickets = doors.tickets.lock().unwrap();
    let number = ticket.get(..11)?;
    let found = tickets.keys().find(|key| key.starts_with(number))?.clone();
    tickets.remove(&found)?.pass()
}
