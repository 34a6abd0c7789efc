//! keeps_one_too_few: makes room before it is needed, and keeps 99.

use checks::{Door, Shutdown};

use super::Parts;

pub async fn serve(listener: Door, shutdown: Shutdown) {
    let parts = Parts {
        kept: 99,
        ..Parts::right()
    };
    super::serve(listener, shutdown, parts).await;
}
