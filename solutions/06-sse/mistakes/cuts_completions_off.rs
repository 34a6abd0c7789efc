//! cuts_completions_off: ends everything when it is told to go, also what would have ended by itself.

use checks::{Door, Shutdown};

use super::Parts;

pub async fn serve(listener: Door, shutdown: Shutdown) {
    let parts = Parts {
        completions_end_with_the_server: true,
        ..Parts::right()
    };
    super::serve(listener, shutdown, parts).await;
}
