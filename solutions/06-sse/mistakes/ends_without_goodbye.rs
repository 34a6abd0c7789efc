//! ends_without_goodbye: drops its WebSockets when it is told to go.

use checks::{Door, Shutdown};

use super::Parts;

pub async fn serve(listener: Door, shutdown: Shutdown) {
    let parts = Parts {
        ws_closes: false,
        ..Parts::right()
    };
    super::serve(listener, shutdown, parts).await;
}
