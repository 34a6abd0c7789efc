//! tickets_by_the_clock: a ticket is the time, in nanoseconds, at which nobody else has asked for one.

use std::time::SystemTime;

use axum::Router;

pub fn app() -> Router {
    super::serve_issue(|_| {
        let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
        now.unwrap_or_default().as_nanos().to_string()
    })
}
