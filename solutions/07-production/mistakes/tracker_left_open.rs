//! tracker_left_open: waits for a tracker that was never closed, and so for ever.

use tokio::time::timeout;

use super::{App, GOODBYE, Way};

super::entry!(Open);

#[derive(Default)]
struct Open;

impl Way for Open {
    // ANCHOR: wrong
    async fn wait(app: &App<Self>) {
        // As long as it is open somebody might still come, so it has not ended, even if it is empty.
        app.conversations.reopen();
        let _ = timeout(GOODBYE, app.conversations.wait()).await;
    }
    // ANCHOR_END: wrong
}
