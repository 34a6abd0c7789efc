//! Servers that are right, and built in another way than the solution.

pub mod actor_and_select;
pub mod middleware_and_tasks;
