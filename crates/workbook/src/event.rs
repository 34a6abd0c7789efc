//! What happens while the workbook is served: for whoever wants to tell the reader, in the page or elsewhere.

use tokio::sync::broadcast;

use crate::{
    check::{CompileError, Ended},
    exercise::Number,
};

/// Everything that can be told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event {
    /// The pages were built again.
    BookRebuilt,
    /// They could not be built, for this reason.
    BookBroken(String),
    /// The check of an exercise begins.
    CheckStarted(Number),
    /// It ended, and what the compiler has against the code; a verdict, if there is one, is told by itself.
    CheckEnded(Number, Ended, Option<CompileError>),
    /// There is another verdict on an exercise, whoever ran the check.
    VerdictChanged(Number),
}

/// Where events are sent. Nobody has to listen.
pub type Events = broadcast::Sender<Event>;

/// A reader who falls this far behind asks for the whole state instead.
const BACKLOG: usize = 64;

/// Nobody listens yet: `subscribe` does.
pub fn channel() -> Events {
    broadcast::channel(BACKLOG).0
}
