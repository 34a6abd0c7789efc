//! does_not_wait: tells everybody, and has ended before they could answer.

use super::{App, Way};

super::entry!(Impatient);

#[derive(Default)]
struct Impatient;

impl Way for Impatient {
    // ANCHOR: wrong
    /// Every conversation hears of it and says goodbye, in a task of which nobody waits for the end: that of the process is sooner.
    async fn wait(_: &App<Self>) {}
    // ANCHOR_END: wrong
}
