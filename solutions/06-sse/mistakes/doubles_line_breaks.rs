//! doubles_line_breaks: hands data with CR LF to axum, which splits at both.

use checks::{Door, Shutdown};

use super::Parts;

pub async fn serve(listener: Door, shutdown: Shutdown) {
    let parts = Parts {
        keeps: |data| data,
        ..Parts::right()
    };
    super::serve(listener, shutdown, parts).await;
}
