//! `cargo workbook quiz`: what it asks, what it keeps, and what it refuses without losing anything.

use std::{
    fs,
    io::Write,
    process::{Command, Stdio},
};

use crate::tree::{Run, Tree, ended};

const CARDS: &str = ".workbook/cards.json";

/// A workbook with four questions.
fn tree() -> Tree {
    let tree = Tree::new();
    tree.write(
        "book/interview/all.md",
        "## One {#bank-01}\n\n{{#include bank/01-one.md}}\n\n## Others\n\n{{#include bank/general.md}}\n",
    );
    tree.write(
        "book/interview/bank/01-one.md",
        &[
            question("q-a", "01", "warm-up"),
            question("q-b", "01", "senior"),
        ]
        .join("\n"),
    );
    tree.write(
        "book/interview/bank/general.md",
        &[
            question("q-c", "general", "senior"),
            question("q-d", "general", "design"),
        ]
        .join("\n"),
    );
    tree
}

fn question(id: &str, chapter: &str, level: &str) -> String {
    format!(
        "<details class=\"question\" id=\"{id}\" data-grade=\"{level}\" data-chapter=\"{chapter}\">\n\
         <summary>Why <code>{id}</code>, and not something else that is so long that it needs a second line?</summary>\n\n\
         Because\nof \"that\".\n\n**Trap.** Saying no.\n\n\
         **Proof.** [The `first` page](01-one.md#one-{id}), [RFC](https://example.org/rfc#{id}).\n\n</details>\n"
    )
}

/// Runs it with these lines as its input.
fn quiz(tree: &Tree, arguments: &[&str], input: &str) -> Run {
    fed(&mut command(tree, arguments), input)
}

fn command(tree: &Tree, arguments: &[&str]) -> Command {
    let mut command = tree.command(&["quiz"]);
    command.args(arguments);
    // What says on Windows, and elsewhere before all others, that the terminal shows UTF-8.
    command.env("WT_SESSION", "here").env("LC_ALL", "C.UTF-8");
    command
}

fn fed(command: &mut Command, input: &str) -> Run {
    let mut child = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    // Whoever refuses does so without reading.
    let _ = child.stdin.take().unwrap().write_all(input.as_bytes());
    let output = child.wait_with_output().unwrap();
    Run {
        code: output.status.code(),
        out: String::from_utf8(output.stdout).unwrap(),
        err: String::from_utf8(output.stderr).unwrap(),
    }
}

/// The ids that were asked, in order.
fn asked(run: &Run) -> Vec<&str> {
    let questions = run.out.lines().filter_map(|l| l.strip_prefix("Why `"));
    questions
        .filter_map(|line| line.split('`').next())
        .collect()
}

#[track_caller]
fn refused(run: &Run, why: &str) {
    assert_eq!((run.code, run.out.as_str()), (Some(2), ""), "{}", run.err);
    assert!(run.err.starts_with("error: "), "{}", run.err);
    assert!(run.err.contains(why), "{}", run.err);
}

/// A file of cards with one card in it.
fn file(id: &str, number: u8, day: &str) -> String {
    format!(
        "{{\n \"format\": 1,\n \"cards\": {{\n  \"{id}\": {{\n   \"box\": {number},\n   \"first\": \"2026-01-01\",\n   \
         \"due\": \"{day}\",\n   \"last\": \"{day}\"\n  }}\n }}\n}}\n"
    )
}

#[test]
fn a_question_is_asked_answered_and_graded() {
    let tree = tree();
    let run = quiz(&tree, &["--count", "2"], "\n3\nI would say\n1\n\nalmost\n");
    assert_eq!((run.code, run.err.as_str()), (Some(0), ""));
    let expected = "\
Due today: 0 to repeat, 4 new. This time 2.
Answer aloud, then press Enter. u takes the last grade back, q ends, ? says this
again.

2 to go · chapter 01 · warm-up

Why `q-a`, and not something else that is so long that it needs a second line?

Enter shows the answer: 
Because of \"that\".

Trap. Saying no.

Proof. The `first` page [1], RFC [2].

  [1] http://127.0.0.1:3000/01-one.html#one-q-a
  [2] https://example.org/rfc#q-a

1 not yet · 2 almost · 3 knew it: 

1 to go · chapter 01 · senior
";
    assert!(run.out.starts_with(expected), "{}", run.out);
    assert_eq!(asked(&run), ["q-a", "q-b", "q-b"], "q-b was not known");
    let (_, summary) = run.out.split_once("\nDone: ").unwrap();
    let (counts, rest) = summary.split_once("\nThe next card is due on 20").unwrap();
    assert_eq!(counts, "2 cards: 1 knew it, 0 almost, 1 not yet.");
    assert!(
        rest.ends_with(
            "Your boxes are in .workbook/cards.json.\n\nReread, while cargo workbook runs:\n  \
             The first page\n    http://127.0.0.1:3000/01-one.html#one-q-b\n"
        ),
        "{rest}"
    );
    let kept = tree.read(CARDS);
    assert!(
        kept.starts_with("{\n \"format\": 1,\n \"cards\": {\n  \"q-a\": {\n   \"box\": 2,\n"),
        "{kept}"
    );
    assert!(kept.contains("  \"q-b\": {\n   \"box\": 1,\n"), "{kept}");
}

#[test]
fn where_less_was_known_than_not_the_exercise_is_named() {
    let run = quiz(&tree(), &["--chapter", "1"], "\n1\nq\n");
    let end = "\nDo the exercise again, from nothing (what you wrote is kept in .workbook/backups/):\n  \
               cargo workbook reset 01   one\n";
    assert!(run.out.ends_with(end), "{}", run.out);
    assert!(run.out.contains("You left before the end"), "{}", run.out);
}

#[test]
fn what_was_answered_today_is_not_asked_again_today() {
    let tree = tree();
    quiz(&tree, &[], "\n3\n\n2\nq\n");
    let run = quiz(&tree, &[], "");
    assert_eq!(asked(&run), ["q-c"]);
    let run = quiz(&tree, &["--chapter", "01"], "\n3\n");
    assert_eq!(run.code, Some(0));
    assert!(
        run.out
            .starts_with("Nothing is due today. The next card is due on 20"),
        "{}",
        run.out
    );
    let run = quiz(&tree, &["--chapter", "01", "--all"], "");
    assert!(
        run.out.starts_with("All 2 cards, due or not.\n"),
        "{}",
        run.out
    );
    assert_eq!(asked(&run), ["q-b"], "the lower box comes first");
}

#[test]
fn a_grade_is_taken_back_and_none_is_given_before_the_answer() {
    let tree = tree();
    let run = quiz(&tree, &[], "u\n3\n?\n\nx\n3\nu\nq\n");
    assert_eq!(asked(&run), ["q-a", "q-b", "q-a"]);
    assert!(run.out.contains("There is nothing to take back."));
    assert!(run.out.contains("No grade before the answer."));
    assert!(run.out.contains("1, 2 or 3: how well did you know it?"));
    assert!(
        run.out
            .ends_with("Nothing was graded, so nothing has changed.\n"),
        "{}",
        run.out
    );
    assert_eq!(
        tree.read(CARDS),
        "{\n \"format\": 1,\n \"cards\": {}\n}\n",
        "as if q-a had never been asked"
    );
}

#[test]
fn the_end_of_the_input_is_an_end_and_keeps_what_was_graded() {
    let tree = tree();
    let run = ended(&mut command(&tree, &[]));
    assert_eq!(run.code, Some(0), "with nothing to read from");
    assert!(
        run.out
            .ends_with("Nothing was graded, so nothing has changed.\n"),
        "{}",
        run.out
    );
    assert!(!tree.path(CARDS).exists());
    let run = quiz(&tree, &[], "\n3");
    assert_eq!(run.code, Some(0));
    assert!(run.out.contains("Done: 1 card: 1 knew it"), "{}", run.out);
    assert!(tree.read(CARDS).contains("q-a"));
}

#[cfg(unix)]
#[test]
fn an_interrupt_ends_with_the_summary() {
    use rustix::process::Signal;

    let tree = tree();
    let mut live = crate::tree::Live::start(&mut command(&tree, &[]), Stdio::piped());
    live.until("4 to go");
    live.stdin.as_mut().unwrap().write_all(b"\n3\n").unwrap();
    live.until("3 to go");
    live.signal(Signal::INT);
    live.until("Done: 1 card: 1 knew it");
    assert_eq!(live.code(), Some(0));
}

#[test]
fn what_there_is_not_is_told_with_what_there_is() {
    let tree = tree();
    refused(
        &quiz(&tree, &["--chapter", "3"], ""),
        "there are no questions of chapter 03; there are those of 01, general",
    );
    refused(
        &quiz(&tree, &["--chapter", "01", "--grade", "design"], ""),
        "there is no such question: of 01 there are warm-up, senior",
    );
    refused(
        &quiz(&tree, &["--grade", "easy"], ""),
        "the grades are warm-up, working, senior and design",
    );
    let run = quiz(
        &tree,
        &["--chapter", "general,01", "--grade", "senior"],
        "\n3\n",
    );
    assert_eq!(asked(&run), ["q-b", "q-c"]);
}

#[test]
fn a_damaged_file_is_left_as_it_is() {
    let tree = tree();
    let damaged = file("q-a", 7, "2026-02-01");
    tree.write(CARDS, &damaged);
    tree.write("good.json", &file("q-a", 2, "2026-02-01"));
    for arguments in [
        &[][..],
        &["--import", "good.json"],
        &["--export", "out.json"],
    ] {
        refused(
            &quiz(&tree, arguments, "\n3\n"),
            "could not read .workbook/cards.json: the card q-a in this file is damaged; it was left as it is",
        );
        assert_eq!(tree.read(CARDS), damaged);
    }
    assert!(!tree.path("out.json").exists());
    // The list and Anki can do without.
    let run = quiz(&tree, &["--list"], "");
    assert_eq!(run.code, Some(0));
    assert!(run.err.starts_with("note: could not read"), "{}", run.err);
    assert_eq!(quiz(&tree, &["--anki", "-"], "").code, Some(0));
}

#[test]
fn boxes_that_cannot_be_kept_are_an_error() {
    let tree = tree();
    tree.write(".workbook", "not a folder");
    let run = quiz(&tree, &[], "\n3\n");
    assert_eq!(run.code, Some(2));
    assert!(run.err.contains(".workbook/cards.json"), "{}", run.err);
    assert_eq!(tree.read(".workbook"), "not a folder");
}

#[test]
fn an_import_of_something_else_changes_nothing() {
    let tree = tree();
    let mine = file("q-a", 3, "2026-02-01");
    tree.write(CARDS, &mine);
    for (junk, why) in [
        ("", "it holds no JSON"),
        ("front\tback\n", "it holds no JSON"),
        ("[1]", "this is JSON, but no file of cards of this book"),
        (
            &file("q-b", 0, "2026-02-01"),
            "the card q-b in this file is damaged",
        ),
    ] {
        tree.write("junk", junk);
        let run = quiz(&tree, &["--import", "junk"], "");
        refused(&run, "junk was not imported, and nothing was changed: ");
        refused(&run, why);
    }
    refused(
        &quiz(&tree, &["--import", "nowhere"], ""),
        "could not read nowhere",
    );
    refused(
        &quiz(&tree, &["--import", "-"], "junk"),
        "- was not imported",
    );
    assert_eq!(tree.read(CARDS), mine);
}

#[test]
fn an_import_keeps_the_newer_answers_and_an_export_is_an_import() {
    let tree = tree();
    tree.write(CARDS, &file("q-a", 3, "2026-02-02"));
    tree.write("older.json", &file("q-a", 1, "2026-02-01"));
    tree.write("newer.json", &file("q-a", 5, "2026-02-03"));
    let run = quiz(&tree, &["--import", "older.json"], "");
    assert_eq!(
        run.out,
        "Imported: 1 card in the file, and of each the newer answer was kept.\n"
    );
    assert_eq!(tree.read(CARDS), file("q-a", 3, "2026-02-02"));
    quiz(&tree, &["--import", "newer.json"], "");
    quiz(&tree, &["--import", "-"], &file("q-gone", 4, "2026-02-03"));
    let run = quiz(&tree, &["--export", "out.json"], "");
    assert!(run.out.starts_with("Exported: 2 cards."), "{}", run.out);
    assert_eq!(tree.read("out.json"), tree.read(CARDS));
    assert_eq!(quiz(&tree, &["--export", "-"], "").out, tree.read(CARDS));
    fs::remove_file(tree.path(CARDS)).unwrap();
    quiz(&tree, &["--import", "out.json"], "");
    assert_eq!(tree.read(CARDS), tree.read("out.json"));
}

#[test]
fn what_is_something_else_is_not_written_over() {
    let tree = tree();
    tree.write("mine.txt", "my notes");
    for option in ["--export", "--anki"] {
        refused(
            &quiz(&tree, &[option, "mine.txt"], ""),
            "mine.txt is there already, and something else is in it: choose another name",
        );
        assert_eq!(tree.read("mine.txt"), "my notes");
        // One of its own kind is.
        for _ in 0..2 {
            let run = quiz(&tree, &[option, &format!("out{option}")], "");
            assert_eq!(run.code, Some(0), "{}", run.err);
        }
        refused(
            &quiz(&tree, &[option, "no/where"], ""),
            "could not write no/where",
        );
    }
    refused(
        &quiz(&tree, &["--anki", "out--export"], ""),
        "out--export is there already",
    );
}

#[test]
fn anki_gets_the_questions_that_are_chosen() {
    let tree = tree();
    quiz(&tree, &["--grade", "design", "--anki", "cards.txt"], "");
    let text = tree.read("cards.txt");
    let notes: Vec<_> = text.lines().filter(|line| !line.starts_with('#')).collect();
    assert_eq!(
        notes,
        ["\"ws-workbook-q-d\"\t\
          \"Why <code>q-d</code>, and not something else that is so long that it needs a second line?\"\t\
          \"<p>Because of “that”.</p><p><strong>Trap.</strong> Saying no.</p>\
          <p><strong>Proof.</strong> The <code>first</code> page, <a href=\"\"https://example.org/rfc#q-d\"\">RFC</a>.</p>\"\t\
          \"websocket chapter-general design\""]
    );
    let run = quiz(&tree, &["--grade", "design", "--anki", "-"], "");
    assert_eq!(run.out, text);
}

#[test]
fn the_list_says_where_every_card_is_and_what_the_bank_rests_on() {
    let tree = tree();
    tree.write(CARDS, &file("q-b", 3, "2026-02-02"));
    tree.write(
        "book/01-one.md",
        "# One\n\n### One q-a\n\n{{#include ../exercises/01-one/transcripts/a.snap:5:}}\n\n### One q-b\n\nWords.\n",
    );
    let alone =
        question("q-c", "general", "senior").replace("[The `first` page](01-one.md#one-q-c), ", "");
    tree.write("book/interview/bank/general.md", &alone);
    let run = quiz(&tree, &["--list"], "");
    assert_eq!((run.code, run.err.as_str()), (Some(0), ""));
    let expected = "\
01       warm-up  new                   Why `q-a`, and not something else that is so long that it needs a second line?
01       senior   box 3 due 2026-02-02  Why `q-b`, and not something else that is so long that it needs a second line?
general  senior   new                   Why `q-c`, and not something else that is so long that it needs a second line?

chapter  warm-up  working  senior  design  all   run here  in the book  sources alone
01             1        0       1       0    2          1            1              0
general        0        0       1       0    1          0            0              1
all            1        0       2       0    3          1            1              1

Backed by sources alone:
  q-c                         Why `q-c`, and not something else that is so long that it needs a second line?
";
    assert_eq!(run.out, expected);
}

#[test]
fn a_bank_that_cannot_be_read_is_named() {
    let tree = tree();
    let broken = question("q-a", "01", "senior").replace("**Trap.**", "Trap:");
    tree.write("book/interview/bank/01-one.md", &format!("\n{broken}"));
    refused(
        &quiz(&tree, &[], ""),
        "book/interview/bank/01-one.md:2: q-a has no trap",
    );
    tree.write(
        "book/interview/bank/01-one.md",
        &question("q-c", "01", "senior"),
    );
    refused(
        &quiz(&tree, &[], ""),
        "book/interview/bank/general.md: there are two questions q-c",
    );
    fs::remove_file(tree.path("book/interview/bank/01-one.md")).unwrap();
    refused(
        &quiz(&tree, &[], ""),
        "book/interview/bank/01-one.md is missing: `git checkout -- book/interview/bank/01-one.md` brings it back",
    );
    // What is kept can be taken along all the same.
    assert_eq!(quiz(&tree, &["--export", "-"], "").code, Some(0));
}

/// Between these two places it is always another day, since 26 hours lie between them.
#[cfg(unix)]
#[test]
fn a_day_is_a_day_where_you_live() {
    let tree = tree();
    let at =
        |zone: &str, input: &str| fed(command(&tree, &["--chapter", "01"]).env("TZ", zone), input);
    at("WEST12", "\n3\n\n3\n");
    let run = at("WEST12", "");
    assert!(run.out.starts_with("Nothing is due today."), "{}", run.out);
    let run = at("EAST-14", "");
    assert!(
        run.out.starts_with("Due today: 2 to repeat, 0 new."),
        "{}",
        run.out
    );
}

#[test]
fn a_terminal_that_shows_no_utf8_is_given_ascii() {
    let tree = tree();
    let run = fed(
        command(&tree, &[])
            .env("LC_ALL", "C")
            .env_remove("WT_SESSION")
            .env_remove("TERM_PROGRAM"),
        "\n3\nq\n",
    );
    assert!(run.out.is_ascii(), "{}", run.out);
    assert!(run.out.contains("1 not yet . 2 almost . 3 knew it"));
}
