//! keeps_a_lone_cr: knows the line breaks of two systems, and not that of an event stream.

use checks::{Door, Shutdown};

use super::Parts;

pub async fn serve(listener: Door, shutdown: Shutdown) {
    let parts = Parts {
        keeps: |data| data.replace("\r\n", "\n"),
        ..Parts::right()
    };
    super::serve(listener, shutdown, parts).await;
}
