//! Servers that are right, and built in another way than the solution.

pub mod answers_pings_by_hand;
pub mod one_select;
pub mod split_in_two;
