//! never_gives_way: publishes whatever it has in one turn.

use super::Way;

super::entry!(Greedy);

#[derive(Default)]
struct Greedy;

impl Way for Greedy {
    // ANCHOR: wrong
    /// Ready at once, like everything else in the loop that publishes: no writer has a turn before the last line.
    async fn give_way() {}
    // ANCHOR_END: wrong
}
