//! forgets_where_a_websocket_was: begins now for every WebSocket.

use checks::{Door, Shutdown};

use super::Parts;

pub async fn serve(listener: Door, shutdown: Shutdown) {
    let parts = Parts {
        ws_resumes: false,
        ..Parts::right()
    };
    super::serve(listener, shutdown, parts).await;
}
