//! late_answer: makes all tokens before it sends the first.

use checks::{Door, Shutdown};

use super::Parts;

pub async fn serve(listener: Door, shutdown: Shutdown) {
    let parts = Parts {
        makes: super::Makes::Late,
        ..Parts::right()
    };
    super::serve(listener, shutdown, parts).await;
}
