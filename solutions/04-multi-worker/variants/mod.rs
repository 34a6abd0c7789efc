//! Workers that are right, and built in another way than the solution.

pub mod one_task_each;
pub mod one_task_publishes;
