//! nameless: leaves out the names of the events.

use axum::response::sse::Event;
use checks::{Door, Shutdown};

use super::{Item, Parts};

pub async fn serve(listener: Door, shutdown: Shutdown) {
    let parts = Parts {
        event,
        ..Parts::right()
    };
    super::serve(listener, shutdown, parts).await;
}

/// To a browser all of them are called `message`, and its listeners for others never hear anything.
fn event(item: &Item) -> Event {
    Event::default().id(item.id.to_string()).data(&item.data)
}
