//! A workbook of two small exercises in a folder of its own, and the program run in it.

use std::{
    fs,
    io::{BufRead, BufReader, Read},
    path::{Path, PathBuf},
    process::{Child, ChildStdin, Command, Stdio},
    sync::mpsc,
    thread,
    time::{Duration, Instant},
};

use tempfile::TempDir;

/// What a run that has ended said.
#[derive(Debug)]
pub struct Run {
    pub code: Option<i32>,
    pub out: String,
    pub err: String,
}

/// The workbook.
pub struct Tree(TempDir);

impl Tree {
    pub fn new() -> Tree {
        let tree = Tree(tempfile::tempdir().unwrap());
        tree.write(
            "Cargo.toml",
            "[workspace]\nresolver = \"3\"\nmembers = [\"exercises/*\"]\n",
        );
        tree.write(
            "book.toml",
            "[book]\ntitle = \"T\"\nsrc = \"book\"\n[build]\nbuild-dir = \"target/book\"\n",
        );
        tree.write("book/SUMMARY.md", "# Summary\n\n- [One](01-one.md)\n");
        tree.write(
            "book/01-one.md",
            "# One\n\nThe first page.\n\n{{#include ../quoted/code.rs}}\n",
        );
        tree.write("quoted/code.rs", "// quoted at first\n");
        for (number, topic) in [("01", "one"), ("02", "two")] {
            let exercise = format!("exercises/{number}-{topic}");
            tree.write(
                &format!("{exercise}/Cargo.toml"),
                &MANIFEST.replace("NN", number),
            );
            let check = CHECK.replace("NN", number).replace("TOPIC", topic);
            tree.write(&format!("{exercise}/tests/check.rs"), &check);
            tree.write(&format!("{exercise}/src/lib.rs"), STUB);
            tree.write(&format!("{exercise}/HINTS.md"), HINTS);
            tree.write(
                &format!("solutions/{number}-{topic}/src/lib.rs"),
                "//! The solution.\n",
            );
            tree.write(&format!("solutions/{number}-{topic}/stub/lib.rs"), STUB);
        }
        tree
    }

    pub fn root(&self) -> &Path {
        self.0.path()
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.root().join(name)
    }

    pub fn read(&self, name: &str) -> String {
        fs::read_to_string(self.path(name)).unwrap_or_else(|e| panic!("{name}: {e}"))
    }

    pub fn write(&self, name: &str, text: &str) {
        let path = self.path(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    /// Saves the source of exercise 01, and lets its check know what a real check would compute.
    pub fn save(&self, text: &str) {
        let alone = tempfile::tempdir().unwrap();
        fs::write(alone.path().join("lib.rs"), text).unwrap();
        let sources = checks::verdict::sources(alone.path()).unwrap();
        self.write("exercises/01-one/src/lib.rs", text);
        self.write("exercises/01-one/sources.txt", &sources);
    }

    /// Saves a source whose check ends with this answer.
    pub fn answer(&self, number: u32) {
        self.save(&format!(
            "//! Mine.\n\n/// The answer.\npub fn answer() -> u32 {{\n    {number}\n}}\n"
        ));
    }

    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_workbook"));
        command
            .args(arguments)
            .current_dir(self.root())
            .env_remove("CARGO_TARGET_DIR")
            .env("LANG", "C.UTF-8");
        command
    }

    pub fn run(&self, arguments: &[&str]) -> Run {
        ended(&mut self.command(arguments))
    }

    pub fn git(&self, arguments: &[&str]) {
        let identity = [
            "-c",
            "user.name=a",
            "-c",
            "user.email=a@example.org",
            "-c",
            "commit.gpgsign=false",
        ];
        let done = Command::new("git")
            .arg("-C")
            .arg(self.root())
            .args(identity)
            .args(arguments)
            .output();
        let done = done.unwrap();
        assert!(
            done.status.success(),
            "{}",
            String::from_utf8_lossy(&done.stderr)
        );
    }
}

pub fn ended(command: &mut Command) -> Run {
    let output = command.stdin(Stdio::null()).output().unwrap();
    Run {
        code: output.status.code(),
        out: String::from_utf8(output.stdout).unwrap(),
        // Cargos of other tests, and of others on this machine, share one lock of the registry.
        err: String::from_utf8(output.stderr)
            .unwrap()
            .replace("waiting for another cargo, an editor's perhaps\n", ""),
    }
}

/// `cargo workbook` without a command, while it runs.
pub struct Live {
    child: Child,
    lines: mpsc::Receiver<String>,
    said: String,
    pub stdin: Option<ChildStdin>,
}

impl Live {
    pub fn start(command: &mut Command, stdin: Stdio) -> Live {
        let mut child = command
            .stdin(stdin)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let (send, lines) = mpsc::channel();
        relay(child.stdout.take().unwrap(), send.clone());
        relay(child.stderr.take().unwrap(), send);
        let stdin = child.stdin.take();
        Live {
            child,
            lines,
            said: String::new(),
            stdin,
        }
    }

    /// Waits for a line with this text, and forgets all up to it.
    pub fn until(&mut self, text: &str) -> String {
        let end = Instant::now() + Duration::from_secs(60);
        while let Ok(line) = self
            .lines
            .recv_timeout(end.saturating_duration_since(Instant::now()))
        {
            self.said.push_str(&line);
            self.said.push('\n');
            if line.contains(text) {
                return std::mem::take(&mut self.said);
            }
        }
        panic!("it never said \"{text}\", but:\n{}", self.said);
    }

    /// What else it says within this time.
    pub fn within(&mut self, time: Duration) -> String {
        let end = Instant::now() + time;
        let mut said = String::new();
        while let Ok(line) = self
            .lines
            .recv_timeout(end.saturating_duration_since(Instant::now()))
        {
            said.push_str(&line);
            said.push('\n');
        }
        said
    }

    /// Waits until it serves; its port.
    pub fn port(&mut self) -> u16 {
        let said = self.until("the book is on http://127.0.0.1:");
        let (_, port) = said.trim().rsplit_once(':').unwrap();
        port.parse().unwrap()
    }

    pub fn is_running(&mut self) -> bool {
        self.child.try_wait().unwrap().is_none()
    }

    #[cfg(unix)]
    pub fn signal(&self, signal: rustix::process::Signal) {
        let pid = rustix::process::Pid::from_child(&self.child);
        rustix::process::kill_process(pid, signal).unwrap();
    }

    /// Waits for its end.
    pub fn code(&mut self) -> Option<i32> {
        let end = Instant::now() + Duration::from_secs(10);
        while Instant::now() < end {
            if let Some(status) = self.child.try_wait().unwrap() {
                return status.code();
            }
            thread::sleep(Duration::from_millis(20));
        }
        panic!("it did not end");
    }
}

impl Drop for Live {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn relay(from: impl Read + Send + 'static, to: mpsc::Sender<String>) {
    thread::spawn(move || {
        for line in BufReader::new(from).lines().map_while(Result::ok) {
            if to.send(line).is_err() {
                break;
            }
        }
    });
}

pub const STUB: &str =
    "//! To do.\n\n/// The answer.\npub fn answer() -> u32 {\n    todo!(\"step 1: answer\")\n}\n";

const MANIFEST: &str = r#"[package]
name = "exercise-NN"
version = "0.1.0"
edition = "2024"

[lib]
test = false
doctest = false

[[test]]
name = "check"
harness = false
"#;

const HINTS: &str = "\
# Hints

## Step 1: answer

### Nudge
What do you get if you multiply six by nine?

### Rule
It is a number.

### Shape
Two digits.

## Step 2: be right

### Nudge
Deep thought.

### Rule
Ask again.

### Shape
Forty-two.
";

/// A check that needs nothing but the standard library: 42 passes, what panics was not begun.
const CHECK: &str = r###"//! A check for tests.

use std::{fs, panic, path::Path, process::ExitCode};

fn main() -> ExitCode {
    panic::set_hook(Box::new(|_| {}));
    let answer = panic::catch_unwind(exercise_NN::answer);
    let (state, passed, failure) = match answer {
        Ok(42) => ("passing", 2, "null"),
        Ok(_) => ("failing", 1, "1"),
        Err(_) => ("not started", 0, "0"),
    };
    println!("exercise NN · TOPIC   {passed} of 2");
    println!("asked {:?}", std::env::args().skip(1).filter(|a| a != "never").collect::<Vec<_>>());
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let sources = fs::read_to_string(here.join("sources.txt")).unwrap_or_default();
    let conversation = |name: &str, step: u8, state: &str| format!(
        r##"{{"name":"{name}","title":"the {name} one","step":{step},"state":"{state}","expected":"","yours":"",
        "mistake":null,"note":null,"hint":null,"problem":null,"millis":1,"printed":""}}"##
    );
    let state_of = |index| if passed > index { "passed" } else { "failed" };
    let json = format!(
        r##"{{"format":1,"chapter":"NN","topic":"TOPIC","package":"exercise-NN","state":"{state}","passed":{passed},
        "total":2,"sources":"{sources}","modified":[],"millis":1,"first_failure":{failure},"conversations":[{},{}]}}"##,
        conversation("first", 1, state_of(0)),
        conversation("second", 2, state_of(1)),
    );
    let folder = here.join("../../target/workbook");
    fs::create_dir_all(&folder).unwrap();
    fs::write(folder.join("NN.tmp"), json).unwrap();
    fs::rename(folder.join("NN.tmp"), folder.join("NN.json")).unwrap();
    if passed == 2 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
"###;
