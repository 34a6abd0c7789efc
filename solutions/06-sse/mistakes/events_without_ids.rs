//! events_without_ids: leaves out the ids, so that nobody can say where to go on.

use axum::response::sse::Event;
use checks::{Door, Shutdown};

use super::{Item, Parts, named};

pub async fn serve(listener: Door, shutdown: Shutdown) {
    let parts = Parts {
        event,
        ..Parts::right()
    };
    super::serve(listener, shutdown, parts).await;
}

/// The number stays in the ring, where it helps nobody.
fn event(item: &Item) -> Event {
    named(item).data(&item.data)
}
