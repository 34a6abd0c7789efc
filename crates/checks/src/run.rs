//! The `main` of a check: arguments in, verdict out.

use std::{env, fs, io::Write, path::Path, process::ExitCode};

use transcript::Server;

use crate::{
    accept,
    chapter::Chapter,
    judge::{Case, judge},
    play::PATIENCE,
    report::{Show, report},
    stage::Subject,
    verdict::{State, Verdict},
};

/// The package whose check this is.
#[derive(Debug, Clone, Copy)]
pub struct Package {
    /// Its name: `exercise-NN` or `solution-NN`.
    pub name: &'static str,
    /// `CARGO_TARGET_TMPDIR` of its test.
    pub tmp: &'static str,
}

/// What the arguments ask for.
#[derive(Debug, Default)]
struct Asked {
    filter: String,
    all: bool,
    at: Option<Server>,
    list: bool,
    color: Option<bool>,
}

/// Runs the check of a chapter; the macros of this crate expand to it.
pub fn main(chapter: &'static Chapter, subject: Subject, package: Package) -> ExitCode {
    let asked = match asked(env::args().skip(1)) {
        Ok(asked) => asked,
        Err(message) => {
            eprintln!("{message}");
            return ExitCode::from(2);
        }
    };
    if let Some(color) = asked.color {
        console::set_colors_enabled(color);
    }
    if asked.list {
        for conversation in chapter.conversations {
            say(&format!("{}: test\n", conversation.name));
        }
        return ExitCode::SUCCESS;
    }
    let show = Show {
        all: asked.all,
        ascii: !speaks_utf8(),
    };
    let solution = package.name.starts_with("solution");
    let folder = if solution {
        chapter.solution()
    } else {
        chapter.exercise()
    };
    let elsewhere = asked.at.is_some();
    let subject = asked.at.map_or(subject, Subject::At);
    let case = Case {
        subject: &subject,
        package: package.name,
        source: &folder.join("src"),
        filter: &asked.filter,
        patience: PATIENCE,
    };
    let mut verdict = judge(chapter, &case);
    if verdict.total == 0 {
        eprintln!(
            "no conversation of chapter {} has '{}' in its name; --list names them",
            chapter.number, asked.filter
        );
        return ExitCode::from(2);
    }
    if elsewhere {
        // Neither the package's code was judged, nor is there a known mistake in it.
        verdict.package = "server".into();
    } else if solution {
        accept::snapshots(chapter, &mut verdict);
    } else if asked.filter.is_empty() {
        if changed_since_built(&folder.join("src")) {
            // The verdict is about code that is not there any more: nobody shall take it for one about the code that is.
            verdict.sources.clear();
        }
        keep(&verdict, package);
    }
    say(&report(&verdict, show));
    say(&format!(
        "\n{} passed, {} failed\n",
        verdict.passed,
        verdict.total - verdict.passed
    ));
    match verdict.state {
        State::Passing => ExitCode::SUCCESS,
        // As libtest does: after another code cargo would print its own remarks below the verdict.
        State::Failing | State::NotStarted => ExitCode::from(101),
    }
}

/// Writes to standard output; whoever closed it does not want to know.
fn say(text: &str) {
    let _ = std::io::stdout().write_all(text.as_bytes());
}

fn keep(verdict: &Verdict, package: Package) {
    let target = Path::new(package.tmp)
        .parent()
        .unwrap_or(Path::new(package.tmp));
    if let Err(error) = verdict.write(target) {
        let path = Verdict::path(target, &verdict.chapter);
        eprintln!(
            "the verdict could not be written to {}: {error}; the book will not show it",
            path.display()
        );
    }
}

/// Whether a source file is younger than this program, which was built from it.
fn changed_since_built(folder: &Path) -> bool {
    let age = |path: &Path| {
        path.metadata()
            .and_then(|metadata| metadata.modified())
            .ok()
    };
    let built = env::current_exe().ok().and_then(|program| age(&program));
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    built.is_some()
        && entries
            .map(|entry| entry.path())
            .any(|path| path.is_file() && age(&path) > built)
}

fn asked(args: impl Iterator<Item = String>) -> Result<Asked, String> {
    let mut asked = Asked::default();
    let mut args = args.peekable();
    while let Some(arg) = args.next() {
        let (name, value) = match arg.split_once('=') {
            Some((name, value)) if name.starts_with("--") => {
                (name.to_owned(), Some(value.to_owned()))
            }
            _ => (arg, None),
        };
        let mut value = || {
            value
                .clone()
                .or_else(|| args.next())
                .ok_or_else(|| format!("{name} wants a value\n{USAGE}"))
        };
        match name.as_str() {
            "--all" => asked.all = true,
            "--list" => asked.list = true,
            "--at" => {
                let server = Server::at(&value()?).map_err(|error| format!("--at: {error}"))?;
                asked.at = Some(server);
            }
            "--color" => {
                asked.color = match value()?.as_str() {
                    "auto" => None,
                    "always" => Some(true),
                    "never" => Some(false),
                    other => {
                        return Err(format!(
                            "--color is auto, always or never, not '{other}'\n{USAGE}"
                        ));
                    }
                };
            }
            // What cargo hands to every test.
            "--quiet" | "-q" | "--nocapture" | "--exact" => {}
            "--help" | "-h" => return Err(USAGE.into()),
            option if option.starts_with('-') => {
                return Err(format!("unknown option '{option}'\n{USAGE}"));
            }
            _ if asked.filter.is_empty() => asked.filter = name,
            _ => {
                return Err(format!(
                    "more than one name: '{}' and '{name}'\n{USAGE}",
                    asked.filter
                ));
            }
        }
    }
    Ok(asked)
}

const USAGE: &str = "\
usage: cargo test -p exercise-NN -- [NAME] [--all] [--at URL] [--list] [--color WHEN]
  NAME          only conversations whose name contains this
  --all         every failing conversation whole, not only the first
  --at URL      a server that is running, such as ws://127.0.0.1:8000, instead of the crate's own
  --list        the names of the conversations
  --color WHEN  auto, always or never";

/// Whether the terminal can be expected to show more than ASCII.
pub fn speaks_utf8() -> bool {
    if cfg!(windows) {
        // The old console shows the code page of the machine; newer terminals show everything.
        return env::var_os("WT_SESSION").is_some() || env::var_os("TERM_PROGRAM").is_some();
    }
    // The first of these that is set decides, as in the C library; without any there is a log and no terminal.
    let locale = ["LC_ALL", "LC_CTYPE", "LANG"]
        .iter()
        .filter_map(env::var_os)
        .find(|locale| !locale.is_empty());
    locale.is_none_or(|locale| {
        let locale = locale.to_string_lossy().to_ascii_lowercase();
        let named = locale.contains("utf-8") || locale.contains("utf8");
        named || (locale != "c" && locale != "posix" && !locale.contains('.'))
    })
}
