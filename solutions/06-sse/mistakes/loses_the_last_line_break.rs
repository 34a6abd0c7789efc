//! loses_the_last_line_break: takes the data apart into lines, and puts it together with a line break between them.

use checks::{Door, Shutdown};

use super::Parts;

pub async fn serve(listener: Door, shutdown: Shutdown) {
    let parts = Parts {
        keeps: |data| data.lines().collect::<Vec<_>>().join("\n"),
        ..Parts::right()
    };
    super::serve(listener, shutdown, parts).await;
}
