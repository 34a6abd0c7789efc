//! shutdown_without_a_limit: waits for the last of them, for as long as it takes.

use super::Way;

super::entry!(Endless);

#[derive(Default)]
struct Endless;

impl Way for Endless {
    // ANCHOR: wrong
    /// Everybody will have gone some time.
    async fn patience() {
        std::future::pending().await
    }
    // ANCHOR_END: wrong
}
