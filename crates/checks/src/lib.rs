//! The conversations of every chapter, and the verdict on a server that had them.

pub mod verdict;
