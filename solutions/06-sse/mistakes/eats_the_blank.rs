//! eats_the_blank: trims the tokens, of which each brings its blank along.

use axum::response::sse::Event;
use checks::{Door, Shutdown};

use super::Parts;

pub async fn serve(listener: Door, shutdown: Shutdown) {
    let parts = Parts {
        token: |token| Event::default().data(token.trim()),
        ..Parts::right()
    };
    super::serve(listener, shutdown, parts).await;
}
