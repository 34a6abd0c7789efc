//! reset_with_an_id: gives the reset the id of the event that comes next, which then counts as seen.

use axum::response::sse::Event;
use checks::{Door, Shutdown};

use super::Parts;

pub async fn serve(listener: Door, shutdown: Shutdown) {
    let parts = Parts {
        reset,
        ..Parts::right()
    };
    super::serve(listener, shutdown, parts).await;
}

fn reset(first: u64) -> Event {
    let first = first.to_string();
    Event::default().event("reset").data(&first).id(&first)
}
