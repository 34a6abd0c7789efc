//! whole_answer: makes the whole answer before it sends any of it.

use checks::{Door, Shutdown};

use super::Parts;

pub async fn serve(listener: Door, shutdown: Shutdown) {
    let parts = Parts {
        makes: super::Makes::Whole,
        ..Parts::right()
    };
    super::serve(listener, shutdown, parts).await;
}
