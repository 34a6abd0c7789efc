//! resumes_off_by_one: sends once more what was seen last.

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

/// The id is of the last that was seen, and not of the first that is wanted.
fn begins(seen: Option<&str>, kept: Kept) -> Result<u64, StatusCode> {
    Ok(match super::begins(seen, kept)? {
        u64::MAX => u64::MAX,
        position if seen.is_some() => position - 1,
        position => position,
    })
}
