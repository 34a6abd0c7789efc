//! Running the check of one exercise: cargo as a child, and what it says on the way.

use std::{
    env,
    ffi::OsString,
    fmt,
    process::{ExitCode, Stdio},
    time::Duration,
};

use anyhow::{Context, Result, bail};
use checks::verdict::{self, State, Verdict};
use serde::Serialize;
use tokio::{
    io::{AsyncBufReadExt, AsyncRead, BufReader},
    process::Command,
    time,
};

use crate::{
    clock,
    exercise::{Exercise, Number},
    progress::{Progress, Reached},
    term,
    workspace::Workspace,
};

/// What is asked of a check.
#[derive(Debug, Clone, Default)]
pub struct Question {
    /// Every failing conversation whole.
    pub all: bool,
    /// A running server instead of the learner's code.
    pub at: Option<String>,
}

/// How much of a run is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Show {
    /// The verdict and all that the compiler says.
    Everything,
    /// Only why it takes long: the caller reads the verdict from its file.
    Waits,
}

/// How a run ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Ended {
    /// All conversations passed.
    Passed,
    /// The check ran, and not all passed.
    Failed,
    /// The learner's code does not compile.
    NotCompiled,
    /// Cargo says that all passed, and no verdict about these sources says the same.
    NoVerdict,
    /// Cargo itself gave up: a broken manifest, a dependency that it could not get.
    NotBuilt,
}

impl Ended {
    fn code(self) -> ExitCode {
        ExitCode::from(match self {
            Ended::Passed => 0,
            Ended::Failed | Ended::NotCompiled => 1,
            Ended::NoVerdict | Ended::NotBuilt => 2,
        })
    }
}

/// The first thing that the compiler has against the learner's code.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct CompileError {
    /// What it says, on one line.
    pub message: String,
    /// File and line, as a verdict names them.
    pub location: Option<String>,
}

/// Runs the check of an exercise.
pub async fn run(
    ws: &Workspace,
    exercise: &Exercise,
    question: &Question,
    show: Show,
) -> Result<Ended> {
    let (ended, _) = run_and_read(ws, exercise, question, show).await?;
    Ok(ended)
}

/// Runs the check of an exercise, and says what the compiler said first if it did not compile.
pub async fn run_and_read(
    ws: &Workspace,
    exercise: &Exercise,
    question: &Question,
    show: Show,
) -> Result<(Ended, Option<CompileError>)> {
    let cargo = env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut command = Command::new(&cargo);
    command
        .args(arguments(exercise, question))
        .current_dir(&ws.root)
        .stdin(Stdio::null())
        .stderr(Stdio::piped())
        .stdout(match show {
            Show::Everything => Stdio::inherit(),
            Show::Waits => Stdio::null(),
        })
        .kill_on_drop(true);
    if env::var_os("CARGO_TARGET_DIR").is_some() {
        // Ours was relative to the folder we were started in.
        command.env("CARGO_TARGET_DIR", &ws.target);
    }
    let mut child = command.spawn().with_context(|| {
        format!(
            "could not start {}: is Rust installed? See https://rustup.rs",
            cargo.display()
        )
    })?;
    let stderr = child.stderr.take().context("cargo has no standard error")?;
    let (reached, error) = relay(stderr, exercise, show).await?;
    let status = child.wait().await.context("could not wait for cargo")?;
    let ended = match reached {
        // Whoever ends the process early, with 0 perhaps, has not passed: the verdict has the last word.
        _ if status.success() => {
            let passes = |verdict: Verdict| verdict.state == State::Passing;
            match question.at.is_some() || known(ws, exercise).is_some_and(passes) {
                true => Ended::Passed,
                false => Ended::NoVerdict,
            }
        }
        Stage::Running => Ended::Failed,
        Stage::NotCompiled => Ended::NotCompiled,
        Stage::Building => Ended::NotBuilt,
    };
    Ok((ended, error.filter(|_| ended == Ended::NotCompiled)))
}

/// `check NN`: shows the verdict of one exercise.
pub async fn one(ws: &Workspace, number: Number, question: &Question) -> Result<ExitCode> {
    let exercise = ws.exercise(number)?;
    let ended = run(ws, &exercise, question, Show::Everything).await?;
    if ended == Ended::NoVerdict {
        bail!("{}", no_verdict(number));
    }
    if question.at.is_none()
        && let Err(error) = record(ws, &exercise)
    {
        eprintln!("note: {error:#}");
    }
    Ok(ended.code())
}

/// What to say of a check that [gave none](Ended::NoVerdict).
pub fn no_verdict(number: Number) -> String {
    format!(
        "cargo says that the check of exercise {number} passed, and no verdict about these sources says so: \
         was a file saved meanwhile, or did the code end the process? Run it once more"
    )
}

/// `check`: all exercises, one line each.
pub async fn every(ws: &Workspace) -> Result<ExitCode> {
    let survey = ws.survey()?;
    let mut worst = Ended::Passed;
    let mut unrecorded = None;
    for exercise in &survey.exercises {
        let ended = run(ws, exercise, &Question::default(), Show::Waits).await?;
        let number = exercise.number;
        let words = match (ended, known(ws, exercise)) {
            (Ended::NotCompiled, _) => format!("does not compile: cargo workbook check {number}"),
            (Ended::NotBuilt, _) => format!("could not be checked: cargo workbook check {number}"),
            (Ended::NoVerdict, _) => format!("gave no verdict: cargo workbook check {number}"),
            (Ended::Passed | Ended::Failed, Some(verdict)) => InShort(&verdict).to_string(),
            // Saved in this very moment.
            (Ended::Passed, None) => "passing, changed since".to_owned(),
            (Ended::Failed, None) => "failing".to_owned(),
        };
        println!("{number}  {}  {words}", exercise.topic);
        unrecorded = unrecorded.or(record(ws, exercise).err());
        worst = worst.max(ended);
    }
    for problem in &survey.problems {
        eprintln!("error: {problem}");
        worst = Ended::NotBuilt;
    }
    if let Some(error) = unrecorded {
        eprintln!("note: {error:#}");
    }
    Ok(worst.code())
}

/// The verdict in the file, if it is about the sources as they are on disk.
pub fn known(ws: &Workspace, exercise: &Exercise) -> Option<Verdict> {
    let verdict = Verdict::read(&ws.target, &exercise.number.to_string())?;
    let sources = verdict::sources(&exercise.src()).ok()?;
    (verdict.sources == sources).then_some(verdict)
}

/// How far the verdict in the file says that the exercise is, if it is about the sources as they are, and today.
pub fn standing(ws: &Workspace, exercise: &Exercise) -> Option<(Reached, String)> {
    let reached = match known(ws, exercise)?.state {
        State::Passing => Reached::Passing,
        State::Failing => Reached::Failing,
        State::NotStarted => return None,
    };
    Some((reached, clock::today()))
}

/// Notes in the progress what the verdict in the file says.
pub fn record(ws: &Workspace, exercise: &Exercise) -> Result<()> {
    match standing(ws, exercise) {
        None => Ok(()),
        Some((reached, today)) => {
            Progress::update(&ws.root, |p| p.reach(exercise, reached, &today))
        }
    }
}

/// A verdict in a few words.
pub struct InShort<'a>(pub &'a Verdict);

impl fmt::Display for InShort<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Verdict { passed, total, .. } = self.0;
        match self.0.state {
            State::Passing if !self.0.modified.is_empty() => {
                f.pad("passing, with a modified suite")
            }
            State::Passing => f.pad("passing"),
            State::Failing => f.pad(&format!("failing {passed} of {total}")),
            State::NotStarted => f.pad("not started"),
        }
    }
}

/// The arguments come from a closed set, and no shell reads them.
fn arguments(exercise: &Exercise, question: &Question) -> Vec<OsString> {
    let package = exercise.package();
    // Not `--quiet`: that would also hide that cargo waits for another one.
    let mut all = vec!["test", "-p", &package, "--test", "check"];
    all.extend(["--color", term::color_of_stderr(), "--"]);
    all.extend(["--color", term::color_of_stdout()]);
    if question.all {
        all.push("--all");
    }
    if let Some(url) = &question.at {
        all.extend(["--at", url]);
    }
    all.into_iter().map(OsString::from).collect()
}

/// Passes on what cargo, the compiler and the learner's own code say, without cargo's narration.
async fn relay(
    stderr: impl AsyncRead + Unpin,
    exercise: &Exercise,
    show: Show,
) -> Result<(Stage, Option<CompileError>)> {
    let mut lines = BufReader::new(stderr);
    let mut line = Vec::new();
    let mut narration = Narration::new(exercise);
    let mut passing = term::Passing::default();
    let mut waits = Waits::Not;
    loop {
        line.clear();
        let mut read = std::pin::pin!(lines.read_until(b'\n', &mut line));
        let in_time = match waits {
            Waits::ForCargo => time::timeout(MOMENT, &mut read).await.ok(),
            Waits::Not | Waits::Said => None,
        };
        let read = match in_time {
            Some(read) => read,
            None => {
                if waits == Waits::ForCargo {
                    eprintln!("waiting for another cargo, an editor's perhaps");
                    waits = Waits::Said;
                }
                read.await
            }
        };
        if read.context("could not read what cargo says")? == 0 {
            break;
        }
        let text = String::from_utf8_lossy(&line);
        let said = narration.line(&console::strip_ansi_codes(&text));
        if waits == Waits::ForCargo && said != Said::WaitsForCargo {
            waits = Waits::Not;
        }
        match said {
            Said::Nothing => {}
            Said::Compiles(what) => passing.show(&format!("compiling {what}")),
            Said::WaitsForCargo => {
                passing.clear();
                if waits == Waits::Not {
                    waits = Waits::ForCargo;
                }
                continue;
            }
            Said::FirstBuild => {
                passing.clear();
                eprintln!(
                    "building what exercise {} needs: the first time takes a minute or two",
                    exercise.number
                );
            }
            Said::Runs => passing.clear(),
            Said::Else if show == Show::Waits => {}
            Said::Else => {
                passing.clear();
                eprint!("{text}");
            }
        }
    }
    passing.clear();
    Ok((narration.stage, narration.error))
}

/// Whether this run waits for another cargo: most waits are over before they could be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Waits {
    Not,
    ForCargo,
    Said,
}

/// A wait that is worth a line.
const MOMENT: Duration = Duration::from_millis(300);

/// How far cargo came.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Stage {
    Building,
    NotCompiled,
    Running,
}

/// What a line of cargo's standard error is.
#[derive(Debug, PartialEq, Eq)]
enum Said {
    /// Narration that nobody needs.
    Nothing,
    /// It compiles this.
    Compiles(String),
    /// It compiles something that is not the learner's, for the first time in this run.
    FirstBuild,
    /// It waits for another cargo's lock.
    WaitsForCargo,
    /// The check begins.
    Runs,
    /// A warning, an error, something that the learner's code printed.
    Else,
}

/// Tells cargo's narration from what a learner wants to read.
struct Narration {
    package: String,
    stage: Stage,
    first_build_said: bool,
    over: bool,
    /// What the compiler said first.
    error: Option<CompileError>,
}

/// A longer message of the compiler is cut: all of it stands in the terminal.
const LONGEST: usize = 300;

impl Narration {
    fn new(exercise: &Exercise) -> Narration {
        Narration {
            package: exercise.package(),
            stage: Stage::Building,
            first_build_said: false,
            over: false,
            error: None,
        }
    }

    /// Remembers the first error, and the place that the compiler names behind it.
    fn remember(&mut self, line: &str) {
        match &mut self.error {
            None => {
                let code = line
                    .strip_prefix("error[")
                    .and_then(|l| l.split_once("]: "));
                let said = code.map(|(_, said)| said);
                if let Some(said) = said.or_else(|| line.strip_prefix("error: ")) {
                    self.error = Some(CompileError {
                        message: said.trim_end().chars().take(LONGEST).collect(),
                        location: None,
                    });
                }
            }
            Some(error) if error.location.is_none() => {
                let place = line.trim().strip_prefix("--> ");
                // A column is for editors, and a verdict names none.
                let place = place.and_then(|place| place.rsplit_once(':'));
                error.location = place.map(|(place, _)| place.replace('\\', "/"));
            }
            Some(_) => {}
        }
    }

    /// Takes a line without colour.
    fn line(&mut self, line: &str) -> Said {
        if self.over {
            return Said::Nothing;
        }
        if self.stage == Stage::Running {
            // After the verdict cargo says at length that the test failed, and how to run it again.
            self.over = line.starts_with("error: test failed, to rerun pass");
            return if self.over { Said::Nothing } else { Said::Else };
        }
        if line.starts_with("error: could not compile") {
            self.stage = Stage::NotCompiled;
            return Said::Else;
        }
        self.remember(line);
        // Status words are set flush right in twelve columns.
        let Some((word, rest)) = status(line) else {
            return Said::Else;
        };
        match word {
            "Compiling" => {
                let what = rest.split(" (").next().unwrap_or(rest).trim();
                let ours = what.split(' ').next() == Some(&self.package);
                if ours || self.first_build_said {
                    Said::Compiles(what.to_owned())
                } else {
                    self.first_build_said = true;
                    Said::FirstBuild
                }
            }
            "Blocking" => Said::WaitsForCargo,
            "Running" => {
                self.stage = Stage::Running;
                Said::Runs
            }
            "Downloading" | "Downloaded" | "Updating" | "Locking" | "Adding" | "Finished" => {
                Said::Nothing
            }
            _ => Said::Else,
        }
    }
}

fn status(line: &str) -> Option<(&str, &str)> {
    let (head, rest) = line.split_at_checked(12)?;
    let word = head.trim_start();
    let flush =
        rest.starts_with(' ') && !word.is_empty() && word.bytes().all(|b| b.is_ascii_alphabetic());
    (flush && word.starts_with(|c: char| c.is_ascii_uppercase())).then_some((word, rest.trim()))
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    fn exercise() -> Exercise {
        Exercise::from_folder(Path::new("/w"), "01-lifecycle").unwrap()
    }

    #[test]
    fn the_arguments_of_the_check_follow_those_of_cargo() {
        let question = Question {
            all: true,
            at: Some("ws://127.0.0.1:8000".to_owned()),
        };
        let all: Vec<_> = arguments(&exercise(), &question)
            .iter()
            .map(|a| a.to_string_lossy().into_owned())
            .filter(|a| !["always", "never"].contains(&a.as_str()))
            .collect();
        assert_eq!(
            all.join(" "),
            "test -p exercise-01 --test check --color -- --color --all --at ws://127.0.0.1:8000"
        );
    }

    #[test]
    fn a_first_build_that_waits_is_told_without_the_narration() {
        let mut narration = Narration::new(&exercise());
        let mut said = |line| narration.line(line);
        assert_eq!(
            said("    Blocking waiting for file lock on build directory\n"),
            Said::WaitsForCargo
        );
        assert_eq!(said("   Compiling axum v0.8.9\n"), Said::FirstBuild);
        assert_eq!(
            said("   Compiling tokio v1.54.0\n"),
            Said::Compiles("tokio v1.54.0".to_owned())
        );
        assert_eq!(
            said("   Compiling exercise-01 v0.1.0 (/w/exercises/01-lifecycle)\n"),
            Said::Compiles("exercise-01 v0.1.0".to_owned())
        );
        assert_eq!(said("warning: unused variable: `x`\n"), Said::Else);
        assert_eq!(said("   | Compiling is a word here\n"), Said::Else);
        assert_eq!(
            said("    Finished `test` profile [unoptimized + debuginfo] target(s) in 0.5s\n"),
            Said::Nothing
        );
        assert_eq!(
            said("     Running tests/check.rs (target/debug/deps/check-1)\n"),
            Said::Runs
        );
        assert_eq!(said("   Compiling is what my server prints\n"), Said::Else);
        assert_eq!(
            said("error: test failed, to rerun pass `-p exercise-01 --test check`\n"),
            Said::Nothing
        );
        assert_eq!(said("\n"), Said::Nothing);
        assert_eq!(narration.stage, Stage::Running);
    }

    #[test]
    fn an_error_of_the_compiler_is_passed_on_and_the_first_remembered() {
        let mut narration = Narration::new(&exercise());
        for line in [
            "warning: unused variable: `x`\n",
            "  --> exercises/01-lifecycle/src/lib.rs:3:9\n",
            "error[E0425]: cannot find value `y` in this scope\r\n",
            " --> exercises/01-lifecycle/src/lib.rs:12:5\r\n",
            "12 |     y\n",
            "error: expected `;`\n",
            " --> exercises/01-lifecycle/src/lib.rs:2:1\n",
        ] {
            assert_eq!(narration.line(line), Said::Else);
        }
        let error = narration.error.clone().unwrap();
        assert_eq!(error.message, "cannot find value `y` in this scope");
        let place = "exercises/01-lifecycle/src/lib.rs:12";
        assert_eq!(error.location.as_deref(), Some(place));
        assert_eq!(
            narration.line("error: could not compile `exercise-01` (lib)\n"),
            Said::Else
        );
        assert_eq!(narration.stage, Stage::NotCompiled);
    }
}
