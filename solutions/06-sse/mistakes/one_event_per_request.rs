//! one_event_per_request: ends the stream behind the first event, as a long poll does.

use checks::{Door, Shutdown};

use super::Parts;

pub async fn serve(listener: Door, shutdown: Shutdown) {
    let parts = Parts {
        follows: super::Follows::OncePerRequest,
        ..Parts::right()
    };
    super::serve(listener, shutdown, parts).await;
}
