//! blocks_the_shutdown: has streams without an end, for which the shutdown waits.

use checks::{Door, Shutdown};

use super::Parts;

pub async fn serve(listener: Door, shutdown: Shutdown) {
    let parts = Parts {
        ends_with_the_server: false,
        ..Parts::right()
    };
    super::serve(listener, shutdown, parts).await;
}
