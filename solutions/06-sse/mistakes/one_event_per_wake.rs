//! one_event_per_wake: sends one event whenever it is woken, and is woken once for five.

use checks::{Door, Shutdown};

use super::Parts;

pub async fn serve(listener: Door, shutdown: Shutdown) {
    let parts = Parts {
        follows: super::Follows::OncePerWake,
        ..Parts::right()
    };
    super::serve(listener, shutdown, parts).await;
}
