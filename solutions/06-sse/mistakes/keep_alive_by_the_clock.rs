//! keep_alive_by_the_clock: sends a comment every 15 s, whether anything else was sent or not.

use checks::{Door, Shutdown};

use super::Parts;

pub async fn serve(listener: Door, shutdown: Shutdown) {
    let parts = Parts {
        keep_alive: super::Keep::Clock,
        ..Parts::right()
    };
    super::serve(listener, shutdown, parts).await;
}
