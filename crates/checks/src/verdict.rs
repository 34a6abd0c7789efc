//! The verdict: what became of each conversation, as data and as the file that the book reads.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use serde::{Deserialize, Serialize};
use sha1::{Digest, Sha1};

/// What a check says of one exercise. `crates/checks/README.md` shows it as JSON.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Verdict {
    /// The version of this format: 1.
    pub format: u32,
    /// The chapter's number, two digits.
    pub chapter: String,
    /// The chapter's topic, as in the folder's name.
    pub topic: String,
    /// The package that was checked.
    pub package: String,
    /// How the exercise stands.
    pub state: State,
    /// How many conversations passed.
    pub passed: usize,
    /// How many there are.
    pub total: usize,
    /// [`sources`] of the exercise when the check ran.
    pub sources: String,
    /// Each file of the suite that is not the official one, relative to the workspace.
    pub modified: Vec<String>,
    /// How long the conversations took, in milliseconds of real time.
    pub millis: u64,
    /// The index of the first conversation that did not pass.
    pub first_failure: Option<usize>,
    /// All conversations, in the order of the steps.
    pub conversations: Vec<Outcome>,
}

/// How an exercise stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum State {
    /// The first thing that the check met was an untouched `todo!`.
    #[serde(rename = "not started")]
    NotStarted,
    /// At least one conversation did not pass.
    #[serde(rename = "failing")]
    Failing,
    /// All passed.
    #[serde(rename = "passing")]
    Passing,
}

/// What became of one conversation.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Outcome {
    /// The conversation's name: its function and its snapshot.
    pub name: String,
    /// The same as a sentence.
    pub title: String,
    /// The step of the exercise that it checks.
    pub step: u8,
    /// How it ended.
    pub state: OutcomeState,
    /// The accepted transcript.
    pub expected: String,
    /// The transcript of this run.
    pub yours: String,
    /// The known mistake whose transcript this is.
    pub mistake: Option<MistakeFound>,
    /// What the difference says at first sight, as a sentence.
    #[serde(default)]
    pub note: Option<String>,
    /// The first hint for the step, as Markdown.
    pub hint: Option<String>,
    /// What stopped it, when something did.
    pub problem: Option<Problem>,
    /// How long it took, in milliseconds of real time.
    #[serde(default)]
    pub millis: u64,
    /// What the server's code printed meanwhile.
    #[serde(default)]
    pub printed: String,
}

/// How a conversation ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum OutcomeState {
    /// The transcripts are equal.
    Passed,
    /// They differ.
    Failed,
    /// A `todo!` was reached.
    Todo,
    /// It did not end.
    Hung,
    /// A task of the server panicked.
    Panicked,
    /// The server's code ended the whole process.
    Ended,
    /// It was not played, because an earlier one hung.
    Skipped,
}

/// A known mistake that was recognised by its transcript.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct MistakeFound {
    /// The name of its file in `solutions/NN-topic/mistakes/`.
    pub name: String,
    /// What it is called: "A known mistake: leaving at Close"; "Not there yet: …" where a step was not begun.
    pub heading: String,
    /// The reason, and the way out: one paragraph of Markdown.
    pub why: String,
    /// The section of the book to read: a page and its anchor.
    pub read: String,
}

/// What stopped a conversation.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Problem {
    /// Which kind of problem.
    pub kind: ProblemKind,
    /// What it said, or what was awaited.
    pub message: String,
    /// `file:line`, relative to the workspace, where it is known.
    pub location: Option<String>,
}

/// The kinds of [`Problem`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ProblemKind {
    /// A `todo!` of the exercise.
    Todo,
    /// A panic in a task of the server.
    Panic,
    /// Nothing happened for too long.
    Hang,
    /// The process was ended: `exit`, `abort`, a stack that overflowed.
    End,
}

impl Verdict {
    /// Where the verdict on a chapter lies below a target directory.
    pub fn path(target: &Path, chapter: &str) -> PathBuf {
        target.join("workbook").join(format!("{chapter}.json"))
    }

    /// Reads the verdict on a chapter, if there is one that can be read.
    pub fn read(target: &Path, chapter: &str) -> Option<Verdict> {
        let text = fs::read_to_string(Self::path(target, chapter)).ok()?;
        serde_json::from_str(&text).ok()
    }

    /// Writes it whole: a reader sees the old one or the new one, never half of one.
    pub fn write(&self, target: &Path) -> io::Result<()> {
        let path = Self::path(target, &self.chapter);
        let folder = path.parent().expect("it lies in a folder");
        fs::create_dir_all(folder)?;
        let unfinished = folder.join(format!("{}.{}.tmp", self.chapter, std::process::id()));
        let text = serde_json::to_string_pretty(self).map_err(io::Error::other)?;
        fs::write(&unfinished, text)?;
        fs::rename(unfinished, path)
    }
}

/// A hash over the Rust files below `dir`, by path and content: equal hashes, equal sources.
///
/// Line endings do not count, so that a file checked out with CRLF hashes the same.
pub fn sources(dir: &Path) -> io::Result<String> {
    let mut files = Vec::new();
    collect(dir, &mut files)?;
    files.sort();
    let mut hash = Sha1::new();
    for file in files {
        let name = file.strip_prefix(dir).unwrap_or(&file);
        hash.update(name.to_string_lossy().replace('\\', "/"));
        hash.update([0]);
        hash.update(fs::read_to_string(&file)?.replace("\r\n", "\n"));
        hash.update([0]);
    }
    Ok(hex(&hash.finalize()))
}

fn collect(dir: &Path, into: &mut Vec<PathBuf>) -> io::Result<()> {
    for entry in fs::read_dir(dir)? {
        let path = entry?.path();
        if path.is_dir() {
            collect(&path, into)?;
        } else if path.extension().is_some_and(|e| e == "rs") {
            into.push(path);
        }
    }
    Ok(())
}

/// Lower-case hexadecimal.
pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|b| format!("{b:02x}")).collect()
}
