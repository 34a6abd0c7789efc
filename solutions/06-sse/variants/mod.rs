//! Servers that are right, and built in another way than the solution.

pub mod a_queue_each;
pub mod by_hand;
