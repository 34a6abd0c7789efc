//! forgives_garbage: takes an id that it cannot read for none, and leaves a gap that nobody mentions.

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
    Ok(seen.and_then(|seen| seen.parse().ok()).unwrap_or(kept.last))
}
