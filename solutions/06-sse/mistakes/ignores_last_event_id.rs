//! ignores_last_event_id: lets everybody begin now, also those who have been here before.

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

fn begins(_seen: Option<&str>, kept: Kept) -> Result<u64, StatusCode> {
    Ok(kept.last)
}
