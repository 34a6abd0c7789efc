//! A chapter's suite as data: its conversations, and the mistakes that are known.

use std::{fmt, pin::Pin};

use crate::stage::Stage;

/// A chapter's suite.
#[derive(Debug)]
pub struct Chapter {
    /// Its number, two digits: the same everywhere.
    pub number: &'static str,
    /// Its topic, as in the folders' names.
    pub topic: &'static str,
    /// The conversations, in the order of the steps.
    pub conversations: &'static [Conversation],
    /// Conversations in which the server is told to go, which only one in this process can be.
    pub only_here: &'static [&'static str],
    /// What the README promises and no conversation can see: the learner is told when all have passed.
    pub not_played: &'static [&'static str],
    /// The mistakes that are known, each with a file in `solutions/NN-topic/mistakes/`.
    pub mistakes: &'static [Mistake],
}

/// A scripted exchange between named clients and a server.
pub struct Conversation {
    /// Its name: its function, its snapshot, the argument that selects it.
    pub name: &'static str,
    /// The same as a sentence.
    pub title: &'static str,
    /// The step of the exercise that it checks.
    pub step: u8,
    /// What the clients do.
    pub script: Script,
}

/// What the clients of a conversation do.
pub type Script = for<'a> fn(&'a Stage) -> Pin<Box<dyn Future<Output = ()> + 'a>>;

impl fmt::Debug for Conversation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Conversation")
            .field("name", &self.name)
            .field("step", &self.step)
            .finish_non_exhaustive()
    }
}

/// A mistake that people make.
#[derive(Debug)]
pub struct Mistake {
    /// The name of its file.
    pub name: &'static str,
    /// The same as a phrase that completes "a known mistake: …"; or one that begins with "not there yet", where a step was not begun.
    pub title: &'static str,
    /// The conversation meant for it.
    pub conversation: &'static str,
    /// The reason, and the way out: one paragraph of Markdown.
    pub why: &'static str,
    /// The section of the book to read.
    pub read: &'static str,
    /// Pieces of source, without white space, each of which tells it from another mistake that looks the same on the wire.
    pub tell: &'static [&'static str],
}

impl Chapter {
    /// The folder of the exercise, or of anything else that mirrors it, relative to `exercises/` or `solutions/`.
    pub fn folder(&self) -> String {
        format!("{}-{}", self.number, self.topic)
    }

    /// The conversation of this name.
    pub fn conversation(&self, name: &str) -> Option<&'static Conversation> {
        self.conversations
            .iter()
            .find(|conversation| conversation.name == name)
    }
}

/// Lists conversations: the step, the function, and its title.
macro_rules! conversations {
    ($($step:literal $name:ident $title:literal,)+) => {
        &[$($crate::chapter::Conversation {
            name: stringify!($name),
            title: $title,
            step: $step,
            script: |stage| Box::pin($name(stage)),
        },)+]
    };
}
pub(crate) use conversations;
