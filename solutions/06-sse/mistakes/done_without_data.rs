//! done_without_data: ends with an event that no browser dispatches.

use axum::response::sse::Event;
use checks::{Door, Shutdown};

use super::Parts;

pub async fn serve(listener: Door, shutdown: Shutdown) {
    let parts = Parts {
        done: Some(done),
        ..Parts::right()
    };
    super::serve(listener, shutdown, parts).await;
}

/// Without data, so to a page it never happened.
fn done() -> Event {
    Event::default().event("done")
}
