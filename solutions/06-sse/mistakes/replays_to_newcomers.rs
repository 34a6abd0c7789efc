//! replays_to_newcomers: begins at the oldest event for those who have never been here.

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

/// Nothing seen looks like nothing had yet.
fn begins(seen: Option<&str>, kept: Kept) -> Result<u64, StatusCode> {
    Ok(seen.map_or(kept.first - 1, |seen| seen.parse().unwrap_or(u64::MAX)))
}
