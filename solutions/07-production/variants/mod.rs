//! Servers that are right, and built in another way than the solution.

pub mod by_broadcast;
pub mod one_loop;
