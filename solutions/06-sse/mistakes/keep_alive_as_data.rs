//! keep_alive_as_data: keeps the line alive with events that every page has to throw away.

use axum::response::sse::{Event, KeepAlive};
use checks::{Door, Shutdown};

use super::Parts;

pub async fn serve(listener: Door, shutdown: Shutdown) {
    let parts = Parts {
        keep_alive: super::Keep::Alive(keep_alive),
        ..Parts::right()
    };
    super::serve(listener, shutdown, parts).await;
}

fn keep_alive() -> KeepAlive {
    let ping = Event::default().data("ping");
    KeepAlive::new().interval(super::KEEP_ALIVE).event(ping)
}
