//! no_done: ends without saying that it is done.

use checks::{Door, Shutdown};

use super::Parts;

pub async fn serve(listener: Door, shutdown: Shutdown) {
    let parts = Parts {
        done: None,
        ..Parts::right()
    };
    super::serve(listener, shutdown, parts).await;
}
