//! too_big_without_a_word: ends at an error without saying which.

use super::{End, Way};

super::entry!(Silent);

#[derive(Default)]
struct Silent;

impl Way for Silent {
    // ANCHOR: wrong
    fn broken(_error: &axum::Error) -> End {
        // The stream is over, that is true. Sending still works.
        End::Left
    }
    // ANCHOR_END: wrong
}
