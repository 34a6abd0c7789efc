//! no_keep_alive: says nothing while nothing happens.

use checks::{Door, Shutdown};

use super::Parts;

pub async fn serve(listener: Door, shutdown: Shutdown) {
    let parts = Parts {
        keep_alive: super::Keep::Silent,
        ..Parts::right()
    };
    super::serve(listener, shutdown, parts).await;
}
