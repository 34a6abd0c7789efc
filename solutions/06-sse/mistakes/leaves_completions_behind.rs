//! leaves_completions_behind: drops the server when it is told to go, and nobody waits for its responses.

use checks::{Door, Shutdown};

use super::Parts;

pub async fn serve(listener: Door, shutdown: Shutdown) {
    let parts = Parts {
        responses_awaited: false,
        ..Parts::right()
    };
    super::serve(listener, shutdown, parts).await;
}
