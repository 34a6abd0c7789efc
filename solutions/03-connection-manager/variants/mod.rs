//! Servers that are right, and built in another way than the solution.

pub mod one_actor;
pub mod one_select;
pub mod own_queue;
