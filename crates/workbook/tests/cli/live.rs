//! `cargo workbook` without a command: what it serves, what it answers to a save, how it ends.

use std::{
    fs,
    io::{Read, Write},
    net::{Ipv4Addr, TcpListener, TcpStream},
    process::{Command, Stdio},
    time::Duration,
};

use crate::tree::{Live, Tree};

/// A port that was free a moment ago, so that tests do not meet at 3000.
fn free_port() -> String {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    listener.local_addr().unwrap().port().to_string()
}

fn start(tree: &Tree, more: &[&str]) -> (Live, u16) {
    let port = free_port();
    let mut arguments = vec!["--port", &port];
    arguments.extend(more);
    let mut live = Live::start(&mut tree.command(&arguments), Stdio::piped());
    let port = live.port();
    (live, port)
}

/// One request as written, and the answer to it.
fn ask(port: u16, head: &str) -> String {
    let mut stream = TcpStream::connect((Ipv4Addr::LOCALHOST, port)).unwrap();
    stream
        .set_read_timeout(Some(Duration::from_secs(20)))
        .unwrap();
    write!(stream, "{head}\r\nConnection: close\r\n\r\n").unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer
}

fn page(port: u16, path: &str) -> String {
    ask(
        port,
        &format!("GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}"),
    )
}

#[test]
fn the_book_is_served_to_itself_only() {
    let tree = Tree::new();
    let (_live, port) = start(&tree, &[]);
    assert!(page(port, "/").contains("The first page."));
    assert!(page(port, "/01-one.html").contains("// quoted at first"));
    assert!(page(port, "/nothing/here.html").starts_with("HTTP/1.1 404"));
    assert!(page(port, "/../../Cargo.toml").starts_with("HTTP/1.1 404"));
    let rebound = ask(port, "GET / HTTP/1.1\r\nHost: evil.example:3000");
    assert!(rebound.starts_with("HTTP/1.1 403"), "{rebound}");
    assert!(rebound.contains(&format!(
        "Refused: this server answers to http://127.0.0.1:{port}"
    )));
    let foreign = ask(
        port,
        &format!("GET / HTTP/1.1\r\nHost: localhost:{port}\r\nOrigin: http://evil.example"),
    );
    assert!(foreign.starts_with("HTTP/1.1 403"), "{foreign}");
    let post = ask(
        port,
        &format!("POST / HTTP/1.1\r\nHost: localhost:{port}\r\nContent-Length: 0"),
    );
    assert!(post.starts_with("HTTP/1.1 405"), "{post}");
}

#[test]
fn saving_an_exercise_shows_its_verdict_once() {
    let tree = Tree::new();
    let (mut live, _) = start(&tree, &[]);
    live.until("Ctrl-C ends");
    tree.answer(41);
    live.until("exercise 01 · one   1 of 2");
    tree.answer(42);
    live.until("exercise 01 · one   2 of 2");
    live.within(Duration::from_millis(300));
    assert!(tree.read("progress.txt").starts_with("01 one  passing"));
    // Saved again without a change: the verdict is there, and its check does not run.
    tree.answer(42);
    let said = live.until("exactly these sources were checked before");
    assert!(
        said.contains("exercise 01 · one   2 of 2") && !said.contains("asked"),
        "{said}"
    );
    // Hints, notes and an editor's own files are nobody's business.
    tree.write("exercises/01-one/HINTS.md", "");
    tree.write("exercises/01-one/src/.lib.rs.swp", "");
    assert_eq!(live.within(Duration::from_millis(600)), "");
}

const SLOW: &str = r#"//! Slow.

/// The answer.
pub fn answer() -> u32 {
    println!("begun");
    std::thread::sleep(std::time::Duration::from_secs(1));
    41
}
"#;

#[test]
fn what_is_saved_while_a_check_runs_is_checked_itself() {
    let tree = Tree::new();
    let (mut live, _) = start(&tree, &[]);
    live.until("Ctrl-C ends");
    tree.save(SLOW);
    live.until("begun");
    // The slow check will find these sources at its end, and call its verdict one on them.
    tree.answer(42);
    live.until("exercise 01 · one   1 of 2");
    live.until("exercise 01 · one   2 of 2");
}

#[test]
fn a_save_by_renaming_is_seen_and_a_broken_one_is_explained() {
    let tree = Tree::new();
    let (mut live, _) = start(&tree, &[]);
    live.until("Ctrl-C ends");
    tree.write(
        "exercises/01-one/src/lib.rs~",
        "pub fn answer() -> u32 { nothing }\n",
    );
    fs::rename(
        tree.path("exercises/01-one/src/lib.rs~"),
        tree.path("exercises/01-one/src/lib.rs"),
    )
    .unwrap();
    live.until("cannot find value `nothing`");
    tree.answer(42);
    live.until("2 of 2");
}

#[test]
fn a_verdict_of_another_run_is_noticed() {
    let tree = Tree::new();
    tree.answer(42);
    let (mut live, _) = start(&tree, &[]);
    live.until("Ctrl-C ends");
    let cargo = std::env::var_os("CARGO").unwrap();
    let mut by_hand = Command::new(cargo);
    by_hand
        .args(["test", "-q", "-p", "exercise-01"])
        .current_dir(tree.root())
        .env_remove("CARGO_TARGET_DIR");
    assert!(by_hand.output().unwrap().status.success());
    live.until("exercise 01: passing, as another run of its check says");
    assert!(tree.read("progress.txt").starts_with("01 one  passing"));
}

#[test]
fn saving_a_page_or_what_it_quotes_builds_the_book_again() {
    let tree = Tree::new();
    let (mut live, port) = start(&tree, &[]);
    live.until("Ctrl-C ends");
    tree.write(
        "book/01-one.md",
        "# One\n\nThe second edition.\n\n{{#include ../quoted/code.rs}}\n",
    );
    live.until("the book is built");
    assert!(page(port, "/").contains("The second edition."));
    tree.write("quoted/code.rs", "// quoted anew\n");
    live.until("the book is built");
    assert!(page(port, "/01-one.html").contains("// quoted anew"));

    tree.write("book/SUMMARY.md", "- [One](01-one.md\n");
    live.until("the book could not be built");
    tree.write("book/SUMMARY.md", "- [One](01-one.md)\n");
    live.until("the book is built");
    tree.write("book/01-one.md", "{{#include ../quoted/nowhere.rs}}\n");
    live.until("nowhere.rs");
}

#[test]
fn a_book_that_was_cleaned_away_is_built_again() {
    let tree = Tree::new();
    let (mut live, port) = start(&tree, &[]);
    live.until("Ctrl-C ends");
    fs::remove_dir_all(tree.path("target")).unwrap();
    live.until("the book is built");
    assert!(page(port, "/").contains("The first page."));
}

#[test]
fn a_book_that_does_not_build_leaves_the_exercises_working() {
    let tree = Tree::new();
    tree.write("book/SUMMARY.md", "- [One](01-one.md\n");
    let (mut live, port) = start(&tree, &[]);
    live.until("Ctrl-C ends");
    let answer = page(port, "/");
    assert!(answer.starts_with("HTTP/1.1 503"), "{answer}");
    assert!(answer.contains("The book could not be built."), "{answer}");
    tree.answer(42);
    live.until("2 of 2");
}

#[test]
fn polling_sees_a_save_as_well() {
    let tree = Tree::new();
    let port = free_port();
    let mut live = Live::start(
        &mut tree.command(&["--port", &port, "--poll"]),
        Stdio::null(),
    );
    live.until("looking for changed files twice a second");
    live.until("Ctrl-C ends");
    tree.answer(42);
    live.until("2 of 2");
}

#[test]
fn a_port_in_use_is_said() {
    let tree = Tree::new();
    let taken = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let port = taken.local_addr().unwrap().port();
    let run = tree.run(&["--port", &port.to_string()]);
    assert_eq!(run.code, Some(2));
    assert!(
        run.err
            .starts_with(&format!("error: port {port} is in use by another program")),
        "{}",
        run.err
    );
    assert_eq!(tree.run(&["--port", "0"]).code, Some(2));

    // Whoever has 3000, somebody has it now.
    let _taken = TcpListener::bind((Ipv4Addr::LOCALHOST, 3000));
    let mut live = Live::start(&mut tree.command(&[]), Stdio::null());
    let said = live.until("the book is on ");
    assert!(
        said.contains("port 3000 is in use by another program, so the book is on 31"),
        "{said}"
    );
}

#[test]
fn the_end_of_a_pipe_ends_it() {
    let tree = Tree::new();
    let (mut live, _) = start(&tree, &[]);
    live.stdin.as_mut().unwrap().write_all(b"hello\n").unwrap();
    live.until("Ctrl-C ends");
    assert!(live.is_running());
    drop(live.stdin.take());
    assert_eq!(live.code(), Some(0));
}

#[test]
fn an_input_with_nobody_at_its_other_end_does_not_end_it() {
    let tree = Tree::new();
    let file = fs::File::open(tree.path("Cargo.toml")).unwrap();
    for stdin in [Stdio::null(), Stdio::from(file)] {
        let port = free_port();
        let mut live = Live::start(&mut tree.command(&["--port", &port]), stdin);
        live.until("Ctrl-C ends");
        live.within(Duration::from_millis(200));
        assert!(live.is_running());
    }
    let port = free_port();
    let mut command = tree.command(&["--port", &port, "--ignore-stdin"]);
    let mut live = Live::start(&mut command, Stdio::piped());
    drop(live.stdin.take());
    live.until("Ctrl-C ends");
    live.within(Duration::from_millis(200));
    assert!(live.is_running());
}

#[test]
#[cfg(unix)]
fn a_signal_ends_it_with_success() {
    use rustix::process::Signal;

    let tree = Tree::new();
    for signal in [Signal::INT, Signal::TERM] {
        let (mut live, _) = start(&tree, &[]);
        live.signal(signal);
        assert_eq!(live.code(), Some(0), "{signal:?}");
    }
}
