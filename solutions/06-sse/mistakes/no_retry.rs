//! no_retry: does not say when to come back, so that each browser has its own idea of it.

use checks::{Door, Shutdown};

use super::Parts;

pub async fn serve(listener: Door, shutdown: Shutdown) {
    let parts = Parts {
        retry: None,
        ..Parts::right()
    };
    super::serve(listener, shutdown, parts).await;
}
