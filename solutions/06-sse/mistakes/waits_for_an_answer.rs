//! waits_for_an_answer: does not go before every WebSocket has answered its goodbye.

use checks::{Door, Shutdown};

use super::Parts;

pub async fn serve(listener: Door, shutdown: Shutdown) {
    let parts = Parts {
        ws_grace: None,
        ..Parts::right()
    };
    super::serve(listener, shutdown, parts).await;
}
