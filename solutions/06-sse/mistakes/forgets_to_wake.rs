//! forgets_to_wake: keeps what is published, and tells nobody that there is something new.

use checks::{Door, Shutdown};

use super::Parts;

pub async fn serve(listener: Door, shutdown: Shutdown) {
    let parts = Parts {
        wakes: false,
        ..Parts::right()
    };
    super::serve(listener, shutdown, parts).await;
}
