//! plain_text: says that the stream is plain text.

use checks::{Door, Shutdown};

use super::Parts;

pub async fn serve(listener: Door, shutdown: Shutdown) {
    let parts = Parts {
        content_type: Some("text/plain"),
        ..Parts::right()
    };
    super::serve(listener, shutdown, parts).await;
}
