//! garbage_is_zero: begins at the beginning for an id that it cannot read, and says nothing.

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
    Ok(seen.map_or(kept.last, |seen| seen.parse().unwrap_or(0)))
}
