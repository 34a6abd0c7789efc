//! unchecked_name: keeps whatever somebody calls an event.

use checks::{Door, Shutdown};

use super::Parts;

pub async fn serve(listener: Door, shutdown: Shutdown) {
    let parts = Parts {
        accepts,
        ..Parts::right()
    };
    super::serve(listener, shutdown, parts).await;
}

/// axum panics at a line break, in the task of every follower.
fn accepts(_name: &str) -> bool {
    true
}
