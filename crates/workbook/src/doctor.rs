//! What is installed here, what each chapter needs of it, and how to get what is missing.

use std::{
    env, fmt, fs,
    net::{Ipv4Addr, TcpListener},
    path::{Path, PathBuf},
    process::{Command, ExitCode},
    sync::mpsc,
    time::Duration,
};

use anyhow::Result;
use notify::{RecursiveMode, Watcher as _};

use crate::{serve, workspace::Workspace};

/// Prints the findings; fails only for what every chapter needs.
pub fn run(ws: &Workspace) -> Result<ExitCode> {
    let findings = findings(ws);
    for finding in &findings {
        println!("{finding}");
    }
    let missing = findings.iter().filter(|f| f.is_fatal()).count();
    println!();
    if missing > 0 {
        println!("{missing} of what every chapter needs is missing: see above.");
        return Ok(ExitCode::from(2));
    }
    println!(
        "Everything that is required is here. Chapters that are not named above need nothing but Rust."
    );
    Ok(ExitCode::SUCCESS)
}

/// One thing that was looked at.
#[derive(Debug)]
struct Finding {
    name: &'static str,
    /// What was found, or what is wrong.
    found: Result<String, String>,
    need: Need,
    /// How to get it, or what to do.
    remedy: String,
}

/// How much it is needed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Need {
    /// Nothing works without.
    Required,
    /// What works without it.
    Optional(&'static str),
}

impl Finding {
    fn is_fatal(&self) -> bool {
        self.found.is_err() && self.need == Need::Required
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (&self.found, self.need) {
            (Ok(found), _) => return write!(f, "ok        {:15} {found}", self.name),
            (Err(wrong), Need::Required) => write!(f, "MISSING   {:15} {wrong}", self.name)?,
            (Err(wrong), Need::Optional(without)) => {
                write!(f, "optional  {:15} {wrong}; {without}", self.name)?;
            }
        }
        for line in self.remedy.lines() {
            write!(f, "\n{:26}{line}", "")?;
        }
        Ok(())
    }
}

fn findings(ws: &Workspace) -> Vec<Finding> {
    let mut all = vec![
        rustc(),
        program("cargo", &["cargo"], Need::Required, RUST),
        writable(ws),
        program(
            "git",
            &["git"],
            Need::Optional(
                "all works without it; it brings back files of the workbook that were changed or deleted",
            ),
            "Debian: apt install git   macOS: xcode-select --install   Windows: winget install Git.Git",
        ),
    ];
    all.push(exercises(ws));
    all.extend(brokers());
    all.extend([browser(), python(), watching(ws), port(), terminal()]);
    all
}

/// Whether every exercise is where it should be.
fn exercises(ws: &Workspace) -> Finding {
    let problems: Vec<_> = match ws.survey() {
        Ok(survey) => survey.problems.iter().map(ToString::to_string).collect(),
        Err(error) => vec![format!("{error:#}")],
    };
    Finding {
        name: "exercises",
        found: match problems.is_empty() {
            true => Ok("all where they should be".to_owned()),
            false => Err(problems.join("; ")),
        },
        need: Need::Required,
        remedy: String::new(),
    }
}

fn brokers() -> [Finding; 3] {
    let without = "chapter 04 then uses a small Redis that it brings along";
    [
        program(
            "redis-server",
            &["redis-server", "valkey-server"],
            Need::Optional(without),
            "Debian: apt install redis-server   macOS: brew install redis   Windows: in WSL, or set REDIS_URL",
        ),
        program(
            "nats-server",
            &["nats-server"],
            Need::Optional("only the NATS part of the solution of chapter 04 is left out"),
            "Debian: apt install nats-server   macOS: brew install nats-server   Windows: winget install NATSAuthors.NATSServer",
        ),
        program(
            "rabbitmq",
            &["rabbitmq-server"],
            Need::Optional("only the RabbitMQ part of the solution of chapter 04 is left out"),
            "Debian: apt install rabbitmq-server   macOS: brew install rabbitmq   Windows: winget install RabbitMQ.RabbitMQServer (wants Erlang)",
        ),
    ]
}

fn rustc() -> Finding {
    let wanted = env!("CARGO_PKG_RUST_VERSION");
    let found = match first_line(Command::new("rustc").arg("--version")) {
        None => Err("not found".to_owned()),
        Some(line) if is_at_least(&line, wanted) => Ok(line),
        Some(line) => Err(format!("{line} is too old: {wanted} or newer is needed")),
    };
    let remedy = match found {
        Err(ref wrong) if wrong != "not found" => "rustup update stable",
        _ => RUST,
    };
    Finding {
        name: "rustc",
        found,
        need: Need::Required,
        remedy: remedy.to_owned(),
    }
}

/// Whether `rustc 1.95.0 (…)` is at least `1.88`.
fn is_at_least(said: &str, wanted: &str) -> bool {
    let numbers = |text: &str| -> Vec<u32> {
        let version = text.split(['-', '+']).next().unwrap_or_default();
        version.split('.').map_while(|n| n.parse().ok()).collect()
    };
    said.split_whitespace()
        .nth(1)
        .is_some_and(|version| numbers(version) >= numbers(wanted))
}

fn program(name: &'static str, names: &[&str], need: Need, remedy: &str) -> Finding {
    let found = names.iter().find_map(|name| on_path(name));
    Finding {
        name,
        found: found
            .map(|path| path.display().to_string())
            .ok_or_else(|| "not found".to_owned()),
        need,
        remedy: remedy.to_owned(),
    }
}

/// Looks where the shell looks, and where servers are put that only root starts.
fn on_path(name: &str) -> Option<PathBuf> {
    let path = env::var_os("PATH").unwrap_or_default();
    let system = [
        "/usr/sbin",
        "/usr/local/sbin",
        "/opt/homebrew/sbin",
        "/usr/lib/rabbitmq/bin",
    ];
    let mut folders: Vec<_> = env::split_paths(&path).collect();
    folders.extend(system.map(PathBuf::from).into_iter().filter(|_| cfg!(unix)));
    let endings: &[&str] = if cfg!(windows) {
        &["exe", "cmd", "bat"]
    } else {
        &[""]
    };
    folders.iter().find_map(|folder| {
        endings
            .iter()
            .map(|ending| folder.join(name).with_extension(ending))
            .find(|file| file.is_file())
    })
}

fn browser() -> Finding {
    let names = [
        "chromium",
        "chromium-browser",
        "google-chrome",
        "chrome",
        "firefox",
        "msedge",
    ];
    let elsewhere = [
        "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
        "/Applications/Chromium.app/Contents/MacOS/Chromium",
        "/Applications/Firefox.app/Contents/MacOS/firefox",
        "C:/Program Files/Google/Chrome/Application/chrome.exe",
        "C:/Program Files/Mozilla Firefox/firefox.exe",
        "C:/Program Files (x86)/Microsoft/Edge/Application/msedge.exe",
    ];
    let mut finding = program(
        "browser",
        &names,
        Need::Optional(
            "the experiments of chapter 06 in a real browser are left out, and the book is read elsewhere",
        ),
        "Debian: apt install chromium   macOS: brew install --cask firefox   Windows: Edge is there already",
    );
    if finding.found.is_err()
        && let Some(path) = elsewhere.iter().find(|path| Path::new(path).is_file())
    {
        finding.found = Ok((*path).to_owned());
    }
    finding
}

fn python() -> Finding {
    let interpreter = ["python3", "python"].iter().find_map(|name| on_path(name));
    let fastapi = |python: &PathBuf| {
        let program = "import fastapi; print('FastAPI', fastapi.__version__)";
        first_line(Command::new(python).args(["-c", program]))
    };
    let found = match interpreter {
        None => Err("python3 not found".to_owned()),
        Some(python) => fastapi(&python)
            .map(|line| format!("{}, {line}", python.display()))
            .ok_or_else(|| format!("{} has no FastAPI", python.display())),
    };
    Finding {
        name: "FastAPI",
        found,
        need: Need::Optional("only the comparison with the FastAPI servers is left out"),
        remedy: "python3 -m venv .venv && .venv/bin/pip install 'fastapi[standard]'   (Python itself: apt, brew or winget install python3)".to_owned(),
    }
}

fn writable(ws: &Workspace) -> Finding {
    let probe = ws
        .target
        .join(format!("workbook-doctor-{}", std::process::id()));
    let tried = fs::create_dir_all(&ws.target)
        .and_then(|()| fs::write(&probe, ""))
        .and_then(|()| fs::remove_file(&probe));
    let shown = ws.shown(&ws.target);
    Finding {
        name: "target folder",
        found: match tried {
            Ok(()) => Ok(format!("{shown}/, writable")),
            Err(error) => Err(format!("{shown} cannot be written: {error}")),
        },
        need: Need::Required,
        remedy: "Make it writable for you, or set CARGO_TARGET_DIR to a folder that is".to_owned(),
    }
}

/// Writes a file where exercises lie and waits to be told.
fn watching(ws: &Workspace) -> Finding {
    let folder = ws
        .root
        .join(".workbook")
        .join(format!("doctor-{}", std::process::id()));
    let told = told_of_a_change(&folder);
    let _ = fs::remove_dir_all(&folder);
    Finding {
        name: "file watching",
        found: told.map(|()| "the system tells of changed files".to_owned()),
        need: Need::Optional("cargo workbook then looks for changes twice a second"),
        remedy: "Linux: a limit may be too low, see sysctl fs.inotify.max_user_watches; network and container folders often tell nothing".to_owned(),
    }
}

fn told_of_a_change(folder: &Path) -> Result<(), String> {
    fs::create_dir_all(folder).map_err(|e| format!("could not make a folder to watch: {e}"))?;
    let (send, told) = mpsc::channel();
    let mut watcher = notify::recommended_watcher(move |event| {
        let _ = send.send(event);
    })
    .map_err(|e| e.to_string())?;
    watcher
        .watch(folder, RecursiveMode::Recursive)
        .map_err(|e| e.to_string())?;
    fs::write(folder.join("probe"), "").map_err(|e| e.to_string())?;
    match told.recv_timeout(Duration::from_secs(2)) {
        Ok(Ok(_)) => Ok(()),
        Ok(Err(error)) => Err(error.to_string()),
        Err(_) => Err("the system does not tell of changed files here".to_owned()),
    }
}

fn port() -> Finding {
    let port = serve::PORT;
    let tried = TcpListener::bind((Ipv4Addr::LOCALHOST, port));
    Finding {
        name: "port",
        found: match tried {
            Ok(_) => Ok(format!("{port} is free")),
            Err(error) => Err(format!("{port} cannot be used ({error})")),
        },
        need: Need::Optional(
            "the book then goes to a free one from 3100 on, and says so; perhaps it is served already",
        ),
        remedy: String::new(),
    }
}

fn terminal() -> Finding {
    Finding {
        name: "terminal",
        found: if checks::speaks_utf8() {
            Ok("shows UTF-8".to_owned())
        } else {
            Err("does not say that it shows UTF-8".to_owned())
        },
        need: Need::Optional("verdicts are shown in ASCII"),
        remedy: if cfg!(windows) {
            "Windows Terminal shows it: winget install Microsoft.WindowsTerminal".to_owned()
        } else {
            "If it does: export LANG=C.UTF-8".to_owned()
        },
    }
}

fn first_line(command: &mut Command) -> Option<String> {
    let output = command.output().ok().filter(|o| o.status.success())?;
    let text = String::from_utf8_lossy(&output.stdout);
    text.lines().next().map(|line| line.trim().to_owned())
}

const RUST: &str = "Debian, macOS, Windows: https://rustup.rs (distributions are often behind)";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_compared_as_numbers() {
        assert!(is_at_least("rustc 1.95.0 (abc 2026-03-21)", "1.88"));
        assert!(is_at_least("rustc 1.88.0", "1.88"));
        assert!(is_at_least("rustc 1.100.0-nightly (abc)", "1.88"));
        assert!(!is_at_least("rustc 1.87.0", "1.88"));
        assert!(!is_at_least("rustc 1.9.0", "1.88"));
        assert!(!is_at_least("no version at all", "1.88"));
    }

    #[test]
    fn what_is_missing_is_said_with_what_works_without() {
        let finding = Finding {
            name: "nats-server",
            found: Err("not found".to_owned()),
            need: Need::Optional("chapter 04 does without"),
            remedy: "brew".to_owned(),
        };
        let expected = "\
optional  nats-server     not found; chapter 04 does without
                          brew";
        assert_eq!(finding.to_string(), expected);
        assert!(!finding.is_fatal());
    }
}
