//! leaves_sockets_behind: returns before its WebSockets have ended, since axum does not wait for them.

use checks::{Door, Shutdown};

use super::Parts;

pub async fn serve(listener: Door, shutdown: Shutdown) {
    let parts = Parts {
        ws_awaited: false,
        ..Parts::right()
    };
    super::serve(listener, shutdown, parts).await;
}
