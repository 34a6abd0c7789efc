//! waits_for_the_slowest: publishes when every follower has room, so one that does not read stops the feed.

use checks::{Door, Shutdown};

use super::Parts;

pub async fn serve(listener: Door, shutdown: Shutdown) {
    let parts = Parts {
        follows: super::Follows::AwaitedQueue,
        ..Parts::right()
    };
    super::serve(listener, shutdown, parts).await;
}
