//! first_line_only: sends the first line of the data and takes it for all of it.

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

/// A line break would end the field, so there must be none: that is half of the rule.
fn event(item: &Item) -> Event {
    let line = item.data.lines().next().unwrap_or_default();
    named(item).id(item.id.to_string()).data(line)
}
