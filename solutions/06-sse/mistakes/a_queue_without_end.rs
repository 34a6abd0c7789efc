//! a_queue_without_end: keeps everything for somebody who does not read.

use checks::{Door, Shutdown};

use super::Parts;

pub async fn serve(listener: Door, shutdown: Shutdown) {
    let parts = Parts {
        follows: super::Follows::QueueWithoutEnd,
        ..Parts::right()
    };
    super::serve(listener, shutdown, parts).await;
}
