//! The book as it is, in a folder of its own, with an exercise 01 whose verdict is the one that its source names.

use std::{fs, path::Path};

use checks::{
    ch01::CHAPTER,
    verdict::{Outcome, OutcomeState, Problem, ProblemKind, State, Verdict},
    workspace,
};
use tempfile::TempDir;

/// A copy of the workbook, small enough to be built in a second.
pub struct Book(TempDir);

/// What exercise 01 can be told to come to.
pub const LEAVES_AT_CLOSE: &str = "leaves_at_close";
pub const PASSING: &str = "passing";
pub const PANICS: &str = "panics";
pub const NOT_STARTED: &str = "not_started";

/// What the page counts of it: `14 of 17`.
pub fn count(verdict: &str) -> String {
    let all = verdicts();
    let (_, verdict) = all.iter().find(|(name, _)| *name == verdict).unwrap();
    format!("{} of {}", verdict.passed, verdict.total)
}

impl Book {
    pub fn new() -> Book {
        let book = Book(tempfile::tempdir().unwrap());
        let root = workspace();
        copy(&root.join("book"), &book.path("book"));
        for folder in ["exercises", "solutions"] {
            copy(&root.join(folder), &book.path(folder));
        }
        // Whatever others add to the book quotes of our crates.
        for crate_ in fs::read_dir(root.join("crates")).unwrap().flatten() {
            copy(
                &crate_.path(),
                &book.path("crates").join(crate_.file_name()),
            );
        }
        fs::copy(root.join("book.toml"), book.path("book.toml")).unwrap();
        let one = "exercises/01-lifecycle";
        let manifest = "[workspace]\nresolver = \"3\"\nmembers = [\"exercises/01-lifecycle\"]\n";
        book.write("Cargo.toml", manifest);
        book.write(&format!("{one}/Cargo.toml"), MANIFEST);
        book.write(&format!("{one}/tests/check.rs"), CHECK);
        let _ = fs::remove_file(book.path(&format!("{one}/src/main.rs")));
        for (name, verdict) in verdicts() {
            let json = serde_json::to_string(&verdict).unwrap();
            book.write(&format!("verdicts/{name}.json"), &json);
        }
        book.save(NOT_STARTED);
        book
    }

    pub fn path(&self, name: &str) -> std::path::PathBuf {
        self.0.path().join(name)
    }

    pub fn write(&self, name: &str, text: &str) {
        let path = self.path(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    pub fn read(&self, name: &str) -> String {
        fs::read_to_string(self.path(name)).unwrap()
    }

    /// Saves exercise 01 so that its check comes to this verdict.
    pub fn save(&self, verdict: &str) {
        self.save_text(&format!(
            "//! Mine.\n\n/// What it comes to.\npub fn verdict() -> &'static str {{\n    \"{verdict}\"\n}}\n"
        ));
    }

    /// Saves exercise 01, and lets its check know what a real one would compute.
    pub fn save_text(&self, text: &str) {
        let alone = tempfile::tempdir().unwrap();
        fs::write(alone.path().join("lib.rs"), text).unwrap();
        let sources = checks::verdict::sources(alone.path()).unwrap();
        self.write("verdicts/sources.txt", &sources);
        self.write("exercises/01-lifecycle/src/lib.rs", text);
    }

    /// Writes a verdict on what was saved last, as another run of the check would.
    pub fn judge(&self, verdict: &str) {
        let sources = self.read("verdicts/sources.txt");
        let json = self.read(&format!("verdicts/{verdict}.json"));
        self.write("target/workbook/01.tmp", &json.replace("SOURCES", &sources));
        fs::rename(
            self.path("target/workbook/01.tmp"),
            self.path("target/workbook/01.json"),
        )
        .unwrap();
    }
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap().flatten() {
        let to = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy(&entry.path(), &to);
        } else {
            // Somebody may be at work in the original.
            let _ = fs::copy(entry.path(), to);
        }
    }
}

fn verdicts() -> Vec<(&'static str, Verdict)> {
    let outcome = |state, yours: fn(&str) -> String| {
        let conversations = CHAPTER.conversations.iter();
        let all = conversations.map(move |conversation| {
            let expected = CHAPTER.expected(conversation).unwrap();
            Outcome {
                name: conversation.name.to_owned(),
                title: conversation.title.to_owned(),
                step: conversation.step,
                state,
                yours: yours(&expected),
                expected,
                mistake: None,
                note: None,
                millis: 1,
                printed: String::new(),
                hint: None,
                problem: None,
            }
        });
        all.collect::<Vec<_>>()
    };
    let verdict = |state, passed: usize, conversations: Vec<Outcome>| Verdict {
        format: 1,
        chapter: CHAPTER.number.to_owned(),
        topic: CHAPTER.topic.to_owned(),
        package: "exercise-01".to_owned(),
        state,
        passed,
        total: conversations.len(),
        sources: "SOURCES".to_owned(),
        modified: vec![],
        millis: 17,
        first_failure: conversations
            .iter()
            .position(|c| c.state != OutcomeState::Passed),
        conversations,
    };
    let passed = || outcome(OutcomeState::Passed, str::to_owned);

    let mut leaves = passed();
    let mistake = CHAPTER
        .mistakes
        .iter()
        .find(|mistake| mistake.name == LEAVES_AT_CLOSE)
        .unwrap();
    let mut failed = 0;
    for outcome in &mut leaves {
        let Some(yours) = CHAPTER.fingerprint(mistake, &outcome.name) else {
            continue;
        };
        failed += 1;
        outcome.state = OutcomeState::Failed;
        outcome.yours = yours;
        outcome.hint = Some(
            "When does the answer to a Close *leave* your process?\nWho polls `recv()` after you?"
                .to_owned(),
        );
        outcome.mistake = Some(mistake.into());
    }
    let total = leaves.len();

    let problem = |kind, message: &str, line: u32| Problem {
        kind,
        message: message.to_owned(),
        location: Some(format!("exercises/01-lifecycle/src/lib.rs:{line}")),
    };
    let mut panics = passed();
    let last = panics.len() - 1;
    panics[last].state = OutcomeState::Panicked;
    panics[last]
        .yours
        .push_str("server ! panicked: called `Option::unwrap()` on a `None` value\n");
    panics[last].problem = Some(problem(
        ProblemKind::Panic,
        "called `Option::unwrap()` on a `None` value",
        41,
    ));

    let mut untouched = outcome(OutcomeState::Todo, |_| String::new());
    untouched[0].problem = Some(problem(ProblemKind::Todo, "step 1: the routes", 31));
    vec![
        (PASSING, verdict(State::Passing, total, passed())),
        (
            LEAVES_AT_CLOSE,
            verdict(State::Failing, total - failed, leaves),
        ),
        (PANICS, verdict(State::Failing, total - 1, panics)),
        (NOT_STARTED, verdict(State::NotStarted, 0, untouched)),
    ]
}

const MANIFEST: &str = r#"[package]
name = "exercise-01"
version = "0.1.0"
edition = "2024"

[lib]
test = false
doctest = false

[[test]]
name = "check"
harness = false
"#;

/// A check that needs nothing but the standard library: the source names the verdict.
const CHECK: &str = r###"//! A check for tests.

use std::{fs, path::Path, process::ExitCode};

fn main() -> ExitCode {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let name = exercise_01::verdict();
    let json = fs::read_to_string(root.join(format!("verdicts/{name}.json"))).unwrap();
    let sources = fs::read_to_string(root.join("verdicts/sources.txt")).unwrap();
    let folder = root.join("target/workbook");
    fs::create_dir_all(&folder).unwrap();
    fs::write(folder.join("01.tmp"), json.replace("SOURCES", &sources)).unwrap();
    fs::rename(folder.join("01.tmp"), folder.join("01.json")).unwrap();
    println!("verdict: {name}");
    if name == "passing" { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
"###;
