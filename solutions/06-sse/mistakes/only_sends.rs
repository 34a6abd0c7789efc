//! only_sends: follows the feed by WebSocket and never reads from it.

use checks::{Door, Shutdown};

use super::Parts;

pub async fn serve(listener: Door, shutdown: Shutdown) {
    let parts = Parts {
        ws_listens: false,
        ..Parts::right()
    };
    super::serve(listener, shutdown, parts).await;
}
