//! unheard_event: takes an event without data, which no page will ever hear of.

use checks::{Door, Shutdown};

use super::Parts;

pub async fn serve(listener: Door, shutdown: Shutdown) {
    let parts = Parts {
        takes,
        ..Parts::right()
    };
    super::serve(listener, shutdown, parts).await;
}

fn takes(name: &str, _data: &str) -> bool {
    !name.contains(['\r', '\n'])
}
