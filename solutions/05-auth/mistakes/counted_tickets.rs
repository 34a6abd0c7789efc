//! counted_tickets: a ticket is a number, and the next one is the next number.

use axum::Router;

pub fn app() -> Router {
    super::serve_issue(|doors| (doors.tickets.lock().unwrap().len() + 1).to_string())
}
