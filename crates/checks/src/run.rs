//! The `main` of a check: arguments in, verdict out.

use std::{
    env, fs,
    io::Write,
    path::{Path, PathBuf},
    process::{self, ExitCode},
    time::Duration,
};

use transcript::Server;

use crate::{
    accept, apart,
    chapter::Chapter,
    judge::{Case, Place, judge},
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
    /// Which broker it speaks to, in words, if it needs one.
    pub broker: Option<fn() -> String>,
}

/// What the arguments ask for.
#[derive(Debug, Default)]
struct Asked {
    filter: String,
    exact: bool,
    all: bool,
    at: Option<Server>,
    list: bool,
    ignored: bool,
    color: Option<bool>,
    play: Option<String>,
    into: Option<PathBuf>,
    patience: Option<Duration>,
}

/// Runs the check of a chapter; the macros of this crate expand to it.
pub fn main(chapter: &'static Chapter, subject: Subject, package: Package) -> ExitCode {
    let asked = match asked(env::args().skip(1)) {
        Ok(asked) => asked,
        Err(Usage::Help) => {
            say(USAGE);
            return ExitCode::SUCCESS;
        }
        Err(Usage::Wrong(message)) => {
            eprintln!("{message}\n{USAGE}");
            return ExitCode::from(2);
        }
    };
    if let (Some(name), Some(into)) = (&asked.play, &asked.into) {
        return play_for_parent(chapter, &subject, name, into, asked.patience);
    }
    if let Some(color) = asked.color {
        console::set_colors_enabled(color);
    }
    if asked.list {
        // The form that cargo nextest reads. None of them is ever ignored.
        let listed = chapter.conversations.iter().filter(|_| !asked.ignored);
        listed.for_each(|conversation| say(&format!("{}: test\n", conversation.name)));
        return ExitCode::SUCCESS;
    }
    if !chapter.conversations.iter().any(|c| asked.wants(c.name)) {
        let (number, filter) = (chapter.number, &asked.filter);
        eprintln!(
            "no conversation of chapter {number} has '{filter}' in its name; --list names them"
        );
        return ExitCode::from(2);
    }
    match &asked.at {
        None => check(chapter, &subject, package, &asked),
        Some(server) => check_elsewhere(chapter, server, &asked),
    }
}

/// Judges the crate's own server.
fn check(
    chapter: &'static Chapter,
    subject: &Subject,
    package: Package,
    asked: &Asked,
) -> ExitCode {
    let solution = package.name.starts_with("solution");
    let folder = if solution {
        chapter.solution()
    } else {
        chapter.exercise()
    };
    let source = folder.join("src");
    let case = Case {
        subject,
        package: package.name,
        source: &source,
        filter: &|name| asked.wants(name),
        patience: PATIENCE,
        place: Place::Apart(Path::new(package.tmp)),
    };
    let mut verdict = judge(chapter, &case);
    if solution {
        accept::snapshots(chapter, &mut verdict);
    } else if asked.filter.is_empty() {
        if changed_since_built(&source) {
            // The verdict is about code that is not there any more: nobody shall take it for one about the code that is.
            verdict.sources.clear();
        }
        keep(&verdict, package);
    }
    if let Some(broker) = package.broker {
        say(&format!("\nThe broker: {}\n", broker()));
    }
    say(&report(&verdict, asked.show(chapter)));
    if solution {
        let failed = verdict.total - verdict.passed;
        say(&format!("\n{} passed, {failed} failed\n", verdict.passed));
    }
    exit_code(&verdict)
}

/// Judges a server that runs somewhere.
fn check_elsewhere(chapter: &'static Chapter, server: &Server, asked: &Asked) -> ExitCode {
    if let Err(error) = transcript::real_time(server.reach()) {
        eprintln!("nobody answers at {server}: {error}; does your server run, and listen there?");
        return ExitCode::from(2);
    }
    eprintln!("over TCP and in real time: every wait of a conversation is a wait");
    let case = Case {
        subject: &Subject::At(server.clone()),
        // Neither is the package's code judged, nor does anything in it tell mistakes apart.
        package: "server",
        source: Path::new(""),
        filter: &|name| asked.wants(name),
        patience: PATIENCE,
        place: Place::Here,
    };
    let verdict = judge(chapter, &case);
    say(&report(&verdict, asked.show(chapter)));
    exit_code(&verdict)
}

fn exit_code(verdict: &Verdict) -> ExitCode {
    match verdict.state {
        State::Passing => ExitCode::SUCCESS,
        // As libtest does: after another code cargo would print its own remarks below the verdict.
        State::Failing | State::NotStarted => ExitCode::from(101),
    }
}

fn play_for_parent(
    chapter: &Chapter,
    subject: &Subject,
    name: &str,
    into: &Path,
    patience: Option<Duration>,
) -> ExitCode {
    let Some(conversation) = chapter.conversation(name) else {
        eprintln!("chapter {} has no conversation {name}", chapter.number);
        return ExitCode::from(2);
    };
    apart::play_for_parent(subject, conversation, patience.unwrap_or(PATIENCE), into);
    // A thread that hangs is left behind, and must not be waited for.
    process::exit(0)
}

impl Asked {
    fn wants(&self, name: &str) -> bool {
        match self.exact {
            true => name == self.filter,
            false => name.contains(&self.filter),
        }
    }

    fn show(&self, chapter: &Chapter) -> Show {
        Show {
            all: self.all,
            ascii: !speaks_utf8(),
            of: chapter.conversations.len(),
            not_played: chapter.not_played,
        }
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
        let path = path.display();
        eprintln!("the verdict could not be written to {path}: {error}; the book will not show it");
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
    let mut files = entries
        .map(|entry| entry.path())
        .filter(|path| path.is_file());
    built.is_some() && files.any(|path| age(&path) > built)
}

/// Why arguments are not carried out.
enum Usage {
    Help,
    Wrong(String),
}

fn asked(args: impl Iterator<Item = String>) -> Result<Asked, Usage> {
    let mut asked = Asked::default();
    let mut args = args;
    while let Some(arg) = args.next() {
        let (name, value) = match arg.split_once('=') {
            Some((name, value)) if name.starts_with("--") => {
                (name.to_owned(), Some(value.to_owned()))
            }
            _ => (arg, None),
        };
        let mut value = || {
            let value = value.clone().or_else(|| args.next());
            value.ok_or_else(|| Usage::Wrong(format!("{name} wants a value")))
        };
        match name.as_str() {
            "--all" => asked.all = true,
            "--list" => asked.list = true,
            "--exact" => asked.exact = true,
            "--ignored" => asked.ignored = true,
            "--at" => {
                let server = Server::at(&value()?);
                let server = server.map_err(|error| Usage::Wrong(format!("--at: {error}")))?;
                asked.at = Some(server);
            }
            "--color" => {
                asked.color = match value()?.as_str() {
                    "auto" => None,
                    "always" => Some(true),
                    "never" => Some(false),
                    other => {
                        let text = format!("--color is auto, always or never, not '{other}'");
                        return Err(Usage::Wrong(text));
                    }
                };
            }
            // Between this program and itself.
            "--play" => asked.play = Some(value()?),
            "--into" => asked.into = Some(value()?.into()),
            "--patience" => {
                let millis = value()?.parse();
                let millis =
                    millis.map_err(|_| Usage::Wrong("--patience wants milliseconds".into()))?;
                asked.patience = Some(Duration::from_millis(millis));
            }
            // What cargo, nextest and editors hand to every test.
            "--format" | "--test-threads" | "--skip" | "--logfile" | "-Z" => drop(value()?),
            "--quiet" | "-q" | "--nocapture" | "--no-capture" | "--show-output"
            | "--include-ignored" => {}
            "--help" | "-h" => return Err(Usage::Help),
            option if option.starts_with('-') => {
                return Err(Usage::Wrong(format!("unknown option '{option}'")));
            }
            _ if asked.filter.is_empty() => asked.filter = name,
            _ => {
                let text = format!("more than one name: '{}' and '{name}'", asked.filter);
                return Err(Usage::Wrong(text));
            }
        }
    }
    Ok(asked)
}

const USAGE: &str = "\
usage: cargo test -p exercise-NN -- [NAME] [--all] [--at URL] [--list] [--color WHEN]
  NAME          only conversations whose name contains this; with --exact, is this
  --all         every failing conversation whole, not only the first
  --at URL      a server that is running, such as ws://127.0.0.1:8000, instead of the crate's own
  --list        the names of the conversations
  --color WHEN  auto, always or never
";

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
