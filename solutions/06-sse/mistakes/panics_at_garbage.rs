//! panics_at_garbage: unwraps what anybody may send.

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
    Ok(seen.map_or(kept.last, |seen| seen.parse().unwrap()))
}
