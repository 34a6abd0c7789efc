//! buffered: leaves the decision about its buffer to nginx, which collects.

use checks::{Door, Shutdown};

use super::Parts;

pub async fn serve(listener: Door, shutdown: Shutdown) {
    let parts = Parts {
        asks_nginx: false,
        ..Parts::right()
    };
    super::serve(listener, shutdown, parts).await;
}
