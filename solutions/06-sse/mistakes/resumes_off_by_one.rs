//! resumes_off_by_one: sends once more what was seen last.

use checks::{Door, Shutdown};

use super::{Parts, Ring};

pub async fn serve(listener: Door, shutdown: Shutdown) {
    let parts = Parts {
        begins,
        ..Parts::right()
    };
    super::serve(listener, shutdown, parts).await;
}

/// The id is of the last that was seen, and not of the first that is wanted.
fn begins(seen: Option<u64>, ring: &Ring) -> u64 {
    seen.map_or(ring.last, |seen| seen - 1)
}
