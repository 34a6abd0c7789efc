//! blocks_the_thread: sleeps as one does in a program that has nothing else to do.

use checks::{Door, Shutdown};

use super::Parts;

pub async fn serve(listener: Door, shutdown: Shutdown) {
    let parts = Parts {
        makes: super::Makes::Blocking,
        ..Parts::right()
    };
    super::serve(listener, shutdown, parts).await;
}
