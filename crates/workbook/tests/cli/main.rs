//! The program as a learner meets it: real processes, in a small workbook of their own.

mod live;
mod quiz;
mod tree;

use std::{
    fs, io,
    process::{Command, Stdio},
};

use tree::{STUB, Tree, ended};

#[test]
fn an_unknown_number_is_told_which_there_are() {
    let tree = Tree::new();
    for command in ["check", "hint", "reset", "solution"] {
        let run = tree.run(&[command, "7"]);
        assert_eq!(run.code, Some(2));
        assert_eq!(
            run.err,
            "error: there is no exercise 07; there are 01, 02\n"
        );
    }
    let run = tree.run(&["check", "one"]);
    assert_eq!(run.code, Some(2));
    assert!(
        run.err
            .contains("an exercise is named by its number, such as 01"),
        "{}",
        run.err
    );
}

#[test]
fn the_workbook_is_found_from_below_and_by_name() {
    let tree = Tree::new();
    let below = tree.path("exercises/01-one/src");
    assert_eq!(
        ended(tree.command(&["list"]).current_dir(below)).code,
        Some(0)
    );

    let elsewhere = tempfile::tempdir().unwrap();
    let run = ended(tree.command(&["list"]).current_dir(elsewhere.path()));
    assert_eq!(run.code, Some(2));
    assert!(
        run.err.starts_with("error: no workbook here or above"),
        "{}",
        run.err
    );

    let named = tree.root().to_str().unwrap();
    let run = ended(
        tree.command(&["list", "--root", named])
            .current_dir(elsewhere.path()),
    );
    assert_eq!(run.code, Some(0));
    let run = ended(
        tree.command(&["--root", named, "list"])
            .current_dir(elsewhere.path()),
    );
    assert_eq!(run.code, Some(0), "{}", run.err);
    let run = tree.run(&["list", "--root", "book"]);
    assert_eq!(run.code, Some(2));
    assert!(
        run.err.contains("book is not the folder of the workbook"),
        "{}",
        run.err
    );
}

#[test]
fn a_renamed_or_missing_folder_is_named_with_the_way_back() {
    let tree = Tree::new();
    fs::rename(tree.path("exercises/01-one"), tree.path("exercises/01-uno")).unwrap();
    fs::remove_dir_all(tree.path("exercises/02-two")).unwrap();
    let renamed = "the folder exercises/01-uno was renamed: call it exercises/01-one again";
    let run = tree.run(&["check", "01"]);
    assert_eq!(
        (run.code, run.err),
        (Some(2), format!("error: {renamed}\n"))
    );
    let run = tree.run(&["hint", "02"]);
    assert_eq!(run.code, Some(2));
    assert!(
        run.err
            .contains("exercises/02-two is missing: move it back"),
        "{}",
        run.err
    );
    let run = tree.run(&["list"]);
    assert_eq!(run.code, Some(0));
    assert!(run.err.contains(renamed), "{}", run.err);
    let run = tree.run(&["doctor"]);
    assert_eq!(run.code, Some(2));
    assert!(run.out.contains(renamed), "{}", run.out);
    assert!(
        run.out.contains("exercises/02-two is missing"),
        "{}",
        run.out
    );

    let tree = Tree::new();
    fs::remove_file(tree.path("exercises/01-one/tests/check.rs")).unwrap();
    let run = tree.run(&["check", "01"]);
    assert_eq!(run.code, Some(2));
    assert!(
        run.err
            .contains("`git checkout -- exercises/01-one/tests/check.rs`"),
        "{}",
        run.err
    );
}

#[test]
fn a_check_shows_the_verdict_and_nothing_of_cargo() {
    let tree = Tree::new();
    let run = tree.run(&["check", "01"]);
    assert_eq!(run.code, Some(1));
    assert_eq!(
        run.out,
        "\
exercise 01 · one   0 of 2
asked [\"--color\"]
"
    );
    assert_eq!(run.err, "");

    tree.answer(42);
    let run = tree.run(&["check", "1", "--all"]);
    assert_eq!(run.code, Some(0));
    assert!(
        run.out.contains("2 of 2\nasked [\"--color\", \"--all\"]"),
        "{}",
        run.out
    );
    let progress = tree.read("progress.txt");
    assert!(progress.starts_with("01 one  passing  20"), "{progress}");
}

#[test]
fn another_server_is_checked_and_nothing_is_recorded() {
    let tree = Tree::new();
    tree.answer(42);
    let run = tree.run(&["check", "1", "--at", "ws://127.0.0.1:8000"]);
    assert!(
        run.out.contains("\"--at\", \"ws://127.0.0.1:8000\""),
        "{}",
        run.out
    );
    assert!(!tree.path("progress.txt").exists());
    for wrong in [
        ["check", "1", "--at", "--list"],
        ["check", "--at", "ws://x", "--all"],
    ] {
        assert_eq!(tree.run(&wrong).code, Some(2));
    }
}

#[test]
fn code_that_ends_the_check_has_not_passed() {
    let tree = Tree::new();
    tree.answer(41);
    tree.run(&["check", "01"]);
    let checked = tree.read("exercises/01-one/sources.txt");
    tree.save("//! Mine.\npub fn answer() -> u32 { std::process::exit(0) }\n");
    let exits = tree.read("exercises/01-one/sources.txt");
    let failing = tree.read("target/workbook/01.json");
    for verdict in [failing.clone(), failing.replace(&checked, &exits)] {
        tree.write("target/workbook/01.json", &verdict);
        let run = tree.run(&["check", "01"]);
        assert_eq!(run.code, Some(2));
        assert!(
            run.err.contains("did the code end the process?"),
            "{}",
            run.err
        );
        let run = tree.run(&["check"]);
        assert_eq!(run.code, Some(2));
        assert!(
            run.out
                .starts_with("01  one  gave no verdict: cargo workbook check 01\n"),
            "{}",
            run.out
        );
    }
    assert!(!tree.read("progress.txt").contains("passing"));
}

#[test]
fn what_the_compiler_says_is_shown() {
    let tree = Tree::new();
    tree.save("//! Mine.\npub fn answer() -> u32 { nothing }\n");
    let run = tree.run(&["check", "01"]);
    assert_eq!(run.code, Some(1));
    assert!(
        run.err
            .starts_with("error[E0425]: cannot find value `nothing`"),
        "{}",
        run.err
    );
    assert!(run.err.contains("error: could not compile"), "{}", run.err);
}

#[test]
fn a_workbook_that_cargo_cannot_read_is_not_a_failed_exercise() {
    let tree = Tree::new();
    tree.write("exercises/01-one/Cargo.toml", "[package\n");
    let run = tree.run(&["check", "01"]);
    assert_eq!(run.code, Some(2));
    assert!(run.err.contains("exercises/01-one"), "{}", run.err);
}

#[test]
fn all_exercises_are_checked_in_one_line_each() {
    let tree = Tree::new();
    tree.answer(41);
    tree.write("exercises/02-two/src/lib.rs", "nonsense\n");
    let run = tree.run(&["check"]);
    assert_eq!(run.code, Some(1));
    assert_eq!(
        run.out,
        "\
01  one  failing 1 of 2
02  two  does not compile: cargo workbook check 02
"
    );
}

#[test]
fn the_list_tells_how_each_exercise_stands() {
    let tree = Tree::new();
    assert_eq!(
        tree.run(&["list"]).out,
        "\
01  one  not started                       01-one.html
02  two  not started                       02-two.html
"
    );
    tree.answer(41);
    tree.run(&["check", "01"]);
    assert!(
        tree.run(&["list"])
            .out
            .starts_with("01  one  failing 1 of 2    ")
    );
    tree.answer(40);
    assert!(
        tree.run(&["list"])
            .out
            .starts_with("01  one  failing 1 of 2, changed since")
    );
    // A suite that was changed to pass proves nothing.
    tree.answer(42);
    tree.run(&["check", "01"]);
    let verdict = tree.read("target/workbook/01.json");
    let modified = r#""modified":["exercises/01-one/tests/check.rs"]"#;
    tree.write(
        "target/workbook/01.json",
        &verdict.replace(r#""modified":[]"#, modified),
    );
    assert!(
        tree.run(&["list"])
            .out
            .starts_with("01  one  passing, with a modified suite    ")
    );
    tree.write(
        "progress.txt",
        "01 one  failing  2026-11-24\n02 two  not started\n",
    );
    // The progress outlives `cargo clean`.
    fs::remove_dir_all(tree.path("target")).unwrap();
    assert!(
        tree.run(&["list"])
            .out
            .starts_with("01  one  failing on 20")
    );
}

#[test]
fn a_verdict_from_cargo_test_reaches_the_progress() {
    for command in [&["list"][..], &["hint", "1"]] {
        let tree = Tree::new();
        tree.answer(41);
        let check = ["test", "-p", "exercise-01", "--test", "check"];
        let cargo = ended(
            Command::new(env!("CARGO"))
                .args(check)
                .current_dir(tree.root())
                .env_remove("CARGO_TARGET_DIR"),
        );
        assert!(cargo.out.contains("1 of 2"), "{}", cargo.err);
        assert!(!tree.path("progress.txt").exists());
        tree.run(command);
        let progress = tree.read("progress.txt");
        assert!(progress.starts_with("01 one  failing  20"), "{progress}");
    }
}

#[test]
fn hints_come_one_by_one_for_the_step_where_the_learner_is() {
    let tree = Tree::new();
    let first = |arguments: &[&str]| {
        let run = tree.run(arguments);
        assert_eq!(run.code, Some(0), "{}", run.err);
        run.out.lines().take(2).collect::<Vec<_>>().join(" / ")
    };
    assert_eq!(
        first(&["hint", "1"]),
        "exercise 01, step 1: answer / hint 1 of 3 (nudge)"
    );
    tree.answer(41);
    tree.run(&["check", "01"]);
    assert_eq!(
        first(&["hint", "1"]),
        "exercise 01, step 2: be right / hint 1 of 3 (nudge)"
    );
    assert_eq!(
        first(&["hint", "1"]),
        "exercise 01, step 2: be right / hint 2 of 3 (rule)"
    );
    assert_eq!(
        first(&["hint", "1", "3"]),
        "exercise 01, step 2: be right / hint 3 of 3 (shape)"
    );
    assert_eq!(
        first(&["hint", "1"]),
        "exercise 01, step 2: be right / hint 3 of 3 (shape)"
    );
    assert_eq!(
        first(&["hint", "1", "--step", "1"]),
        "exercise 01, step 1: answer / hint 2 of 3 (rule)"
    );
    assert!(
        tree.read("progress.txt")
            .ends_with("  hints: 1.1 1.2 2.1 2.2 2.3\n")
    );

    // What leads on leads to the same step.
    let more = |arguments: &[&str]| tree.run(arguments).out.lines().last().unwrap().to_owned();
    assert_eq!(more(&["hint", "1", "1"]), "More: cargo workbook hint 01 2");
    assert_eq!(
        more(&["hint", "1", "--step", "1", "2"]),
        "More: cargo workbook hint 01 --step 1 3"
    );

    let run = tree.run(&["hint", "1", "--step", "3"]);
    assert_eq!(run.code, Some(2));
    assert_eq!(
        run.err,
        "error: exercise 01 has no hints for step 3; its steps are 1 to 2\n"
    );
    let run = tree.run(&["hint", "1", "4"]);
    assert_eq!(run.code, Some(2));
    assert!(
        run.err.contains("there are three hints for a step, 1 to 3"),
        "{}",
        run.err
    );
    tree.answer(42);
    tree.run(&["check", "01"]);
    let run = tree.run(&["hint", "1"]);
    assert_eq!(run.code, Some(2));
    assert!(run.err.contains("exercise 01 passes"), "{}", run.err);
}

#[test]
fn broken_hints_are_named_by_file_and_line() {
    let tree = Tree::new();
    tree.write(
        "exercises/01-one/HINTS.md",
        "## Step 1: a\n### Nudge\n\n### Rule\nb\n### Shape\nc\n",
    );
    let run = tree.run(&["hint", "1"]);
    assert_eq!(run.code, Some(2));
    assert!(
        run.err
            .starts_with("error: exercises/01-one/HINTS.md:2: \"### Nudge\" of step 1 is empty"),
        "{}",
        run.err
    );
    fs::remove_file(tree.path("exercises/01-one/HINTS.md")).unwrap();
    let run = tree.run(&["hint", "1"]);
    assert_eq!(run.code, Some(2));
    assert!(
        run.err.contains("exercises/01-one/HINTS.md is missing"),
        "{}",
        run.err
    );
}

#[test]
fn a_progress_that_cannot_be_written_does_not_keep_a_verdict_or_a_hint_back() {
    let tree = Tree::new();
    tree.answer(42);
    // A folder of that name: root may write everything else.
    fs::create_dir(tree.path("progress.txt")).unwrap();
    let run = tree.run(&["check", "01"]);
    assert_eq!(run.code, Some(0));
    assert!(run.out.contains("2 of 2"), "{}", run.out);
    assert!(
        run.err.starts_with("note: could not read progress.txt"),
        "{}",
        run.err
    );
    assert_eq!(run.err.lines().count(), 1);

    let run = tree.run(&["hint", "2"]);
    assert_eq!(run.code, Some(2));
    assert!(run.out.contains("hint 1 of 3"), "{}", run.out);
    assert!(
        run.err
            .starts_with("error: the hint was shown, and will be shown again"),
        "{}",
        run.err
    );
    assert_eq!(tree.run(&["list"]).code, Some(0));

    fs::remove_dir(tree.path("progress.txt")).unwrap();
    fs::write(tree.path("progress.txt"), [0xff, 0xfe]).unwrap();
    let run = tree.run(&["hint", "2"]);
    assert_eq!(run.code, Some(2));
    assert!(run.err.contains("mend it or move it away"), "{}", run.err);
}

#[test]
fn a_reset_that_cannot_be_noted_changes_nothing() {
    let tree = Tree::new();
    tree.answer(42);
    fs::create_dir(tree.path("progress.txt")).unwrap();
    let run = tree.run(&["reset", "1"]);
    assert_eq!(run.code, Some(2));
    assert!(
        run.err.starts_with(
            "error: exercises/01-one/src was left as it is: could not read progress.txt"
        ),
        "{}",
        run.err
    );
    assert!(tree.read("exercises/01-one/src/lib.rs").contains("42"));
}

#[test]
fn a_reader_that_has_gone_is_no_error_of_ours() {
    let tree = Tree::new();
    for command in [&["list"][..], &["solution", "1", "--spoil"]] {
        let (reader, writer) = io::pipe().unwrap();
        drop(reader);
        let child = tree
            .command(command)
            .stdout(writer)
            .stderr(Stdio::piped())
            .spawn();
        let ended = child.unwrap().wait_with_output().unwrap();
        assert_eq!(String::from_utf8_lossy(&ended.stderr), "");
        assert_eq!(ended.status.code(), Some(141));
    }
}

#[test]
#[cfg(target_os = "linux")]
fn a_full_disk_is_an_error() {
    let tree = Tree::new();
    let full = fs::OpenOptions::new()
        .write(true)
        .open("/dev/full")
        .unwrap();
    let child = tree
        .command(&["list"])
        .stdout(full)
        .stderr(Stdio::piped())
        .spawn();
    let ended = child.unwrap().wait_with_output().unwrap();
    let err = String::from_utf8_lossy(&ended.stderr);
    assert!(err.starts_with("error: failed printing to stdout"), "{err}");
    assert_eq!(ended.status.code(), Some(2));
}

#[test]
#[cfg(unix)]
fn a_read_only_progress_is_left_alone() {
    use std::os::unix::fs::PermissionsExt;

    let tree = Tree::new();
    tree.write("progress.txt", "# mine\n");
    fs::set_permissions(tree.path("progress.txt"), fs::Permissions::from_mode(0o444)).unwrap();
    if fs::OpenOptions::new()
        .append(true)
        .open(tree.path("progress.txt"))
        .is_ok()
    {
        // Root may write it, and then so may we.
        return;
    }
    let run = tree.run(&["hint", "1"]);
    assert_eq!(run.code, Some(2));
    assert!(
        run.err
            .contains("could not write progress.txt, so nothing was remembered"),
        "{}",
        run.err
    );
    assert_eq!(tree.read("progress.txt"), "# mine\n");
}

#[test]
fn reset_puts_the_stub_back_and_keeps_what_was_written() {
    let tree = Tree::new();
    tree.answer(42);
    tree.run(&["check", "01"]);
    tree.write("exercises/01-one/src/deep/mine.rs", "// mine\n");
    let run = tree.run(&["reset", "1"]);
    assert_eq!(run.code, Some(0), "{}", run.err);
    assert_eq!(tree.read("exercises/01-one/src/lib.rs"), STUB);
    assert_eq!(tree.read("exercises/01-one/src/deep/mine.rs"), "// mine\n");
    let kept = run
        .out
        .lines()
        .next()
        .unwrap()
        .strip_prefix("what you wrote is kept in ")
        .unwrap();
    assert!(kept.starts_with(".workbook/backups/01-20"), "{kept}");
    assert!(tree.read(&format!("{kept}/lib.rs")).contains("42"));
    assert_eq!(tree.read(&format!("{kept}/deep/mine.rs")), "// mine\n");
    assert_eq!(tree.read("progress.txt"), "");

    let run = tree.run(&["reset", "1"]);
    assert_eq!(
        run.out,
        "exercises/01-one/src is as it came; nothing was done\n"
    );
}

#[test]
fn reset_finds_the_stub_in_the_history_below_the_learners_commits() {
    let tree = Tree::new();
    fs::remove_dir_all(tree.path("solutions/01-one/stub")).unwrap();
    tree.git(&["init", "-q"]);
    tree.write("exercises/01-one/src/lib.rs", "//! A placeholder.\n");
    tree.git(&["add", "."]);
    tree.git(&["commit", "-qm", "begin"]);
    tree.write("exercises/01-one/src/lib.rs", STUB);
    tree.git(&["commit", "-qam", "the stub"]);
    tree.answer(42);
    tree.git(&["commit", "-qam", "my work"]);
    let run = tree.run(&["reset", "1"]);
    assert_eq!(run.code, Some(0), "{}", run.err);
    assert_eq!(tree.read("exercises/01-one/src/lib.rs"), STUB);
}

#[test]
fn reset_without_stub_and_history_changes_nothing_and_says_what_to_do() {
    let tree = Tree::new();
    fs::remove_dir_all(tree.path("solutions/01-one/stub")).unwrap();
    tree.answer(42);
    // A history outside of the workbook does not count.
    let run = ended(
        tree.command(&["reset", "1"])
            .env("GIT_CEILING_DIRECTORIES", tree.root().parent().unwrap()),
    );
    assert_eq!(run.code, Some(2));
    assert!(
        run.err
            .contains("Nothing was changed. Copy exercises/01-one/src from a fresh download"),
        "{}",
        run.err
    );
    assert!(tree.read("exercises/01-one/src/lib.rs").contains("42"));
}

#[test]
fn the_solution_is_for_those_who_passed_or_insist() {
    let tree = Tree::new();
    let run = tree.run(&["solution", "1"]);
    assert_eq!(run.code, Some(2));
    assert!(
        run.err.contains("exercise 01 has not passed yet"),
        "{}",
        run.err
    );
    let spoilt = tree.run(&["solution", "1", "--spoil"]);
    assert_eq!(spoilt.code, Some(0));
    assert_eq!(
        spoilt.out,
        "// solutions/01-one/src/lib.rs\n\n//! The solution.\n"
    );
    let folder = "solutions/01-one";
    tree.write(
        &format!("{folder}/src/lib.rs"),
        "//! The solution.\n    // ANCHOR: a\nfn a() {}\n    // ANCHOR_END: a\n",
    );
    tree.write(&format!("{folder}/mistakes/mod.rs"), "mod early;\n");
    tree.write(&format!("{folder}/mistakes/early.rs"), "//! Early.\n");
    let spoilt = tree.run(&["solution", "1", "--spoil"]);
    assert_eq!(
        spoilt.out,
        "\
// solutions/01-one/src/lib.rs

//! The solution.
fn a() {}

// wrong, and why:
//   solutions/01-one/mistakes/early.rs
"
    );
    tree.answer(42);
    tree.run(&["check", "01"]);
    assert_eq!(tree.run(&["solution", "1"]).out, spoilt.out);
    // Having passed once is enough.
    tree.answer(41);
    assert_eq!(tree.run(&["solution", "1"]).code, Some(0));
}

#[test]
fn the_doctor_fails_only_for_what_is_required() {
    let tree = Tree::new();
    let run = tree.run(&["doctor"]);
    assert_eq!(run.code, Some(0), "{}", run.out);
    assert!(run.out.contains("ok        rustc "), "{}", run.out);

    let empty = tempfile::tempdir().unwrap();
    let run = ended(tree.command(&["doctor"]).env("PATH", empty.path()));
    assert_eq!(run.code, Some(2));
    assert!(
        run.out.contains("MISSING   rustc           not found\n"),
        "{}",
        run.out
    );
    assert!(run.out.contains("https://rustup.rs"), "{}", run.out);

    fs::write(tree.path("file"), "").unwrap();
    let run = ended(
        tree.command(&["doctor"])
            .env("CARGO_TARGET_DIR", tree.path("file")),
    );
    assert_eq!(run.code, Some(2));
    assert!(
        run.out
            .contains("MISSING   target folder   file cannot be written"),
        "{}",
        run.out
    );
}

#[test]
fn help_shows_examples_and_every_command() {
    let tree = Tree::new();
    let run = tree.run(&["--help"]);
    assert_eq!(run.code, Some(0));
    for text in [
        "cargo workbook hint 01",
        "list",
        "check",
        "reset",
        "solution",
        "doctor",
        "--poll",
        "/dev/null",
    ] {
        assert!(run.out.contains(text), "{text} is missing in\n{}", run.out);
    }
    let run = tree.run(&["check", "1", "--frob"]);
    assert_eq!(run.code, Some(2));
    assert!(
        run.err.contains("cargo workbook check [OPTIONS] [NN]"),
        "{}",
        run.err
    );
    let run = ended(Command::new(env!("CARGO_BIN_EXE_workbook")).arg("lsit"));
    assert_eq!(run.code, Some(2));
    assert!(run.err.contains("'list'"), "{}", run.err);
}
