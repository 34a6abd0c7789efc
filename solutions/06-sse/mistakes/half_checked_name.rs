//! half_checked_name: knows one of the two characters that end a line.

use checks::{Door, Shutdown};

use super::Parts;

pub async fn serve(listener: Door, shutdown: Shutdown) {
    let parts = Parts {
        takes: |name, data| !name.contains('\n') && !data.is_empty(),
        ..Parts::right()
    };
    super::serve(listener, shutdown, parts).await;
}
