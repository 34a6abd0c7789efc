//! swallows_the_lag: follows by `broadcast`, and passes over what it has lost.

use checks::{Door, Shutdown};

use super::Parts;

pub async fn serve(listener: Door, shutdown: Shutdown) {
    let parts = Parts {
        follows: super::Follows::BroadcastInSilence,
        ..Parts::right()
    };
    super::serve(listener, shutdown, parts).await;
}
