//! tolerates_the_loud: drops what is above the rate, and says nothing.

use super::{End, Way};

super::entry!(Tolerant);

#[derive(Default)]
struct Tolerant;

impl Way for Tolerant {
    // ANCHOR: wrong
    /// What it said is dropped, and the conversation goes on.
    fn too_fast() -> Option<End> {
        None
    }
    // ANCHOR_END: wrong
}
