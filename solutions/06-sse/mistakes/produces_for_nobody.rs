//! produces_for_nobody: makes the tokens in a task that does not notice when nobody wants them.

use checks::{Door, Shutdown};

use super::Parts;

pub async fn serve(listener: Door, shutdown: Shutdown) {
    let parts = Parts {
        makes: super::Makes::Apart,
        ..Parts::right()
    };
    super::serve(listener, shutdown, parts).await;
}
