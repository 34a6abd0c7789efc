//! refuses_garbage: answers 400 to an id that it cannot read, and the browser never comes back.

use axum::http::StatusCode;
use checks::{Door, Shutdown};

use super::{Kept, Parts};

pub async fn serve(listener: Door, shutdown: Shutdown) {
    let parts = Parts {
        begins,
        ..Parts::right()
    };
    super::serve(listener, shutdown, parts).await;
}

fn begins(seen: Option<&str>, kept: Kept) -> Result<u64, StatusCode> {
    let Some(seen) = seen else {
        return Ok(kept.last);
    };
    seen.parse().map_err(|_| StatusCode::BAD_REQUEST)
}
