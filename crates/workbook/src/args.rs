//! The command line: what may be asked, in the words of `--help`.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand};

use crate::{exercise::Number, quiz::bank::Level};

/// Serves the WebSocket workbook, watches your exercises and says how far they are.
#[derive(Debug, Parser)]
#[command(
    name = "cargo workbook",
    bin_name = "cargo workbook",
    version,
    after_help = EXAMPLES,
    after_long_help = LONG
)]
pub struct Cli {
    /// The folder of the workbook; otherwise the nearest one above the current folder
    #[arg(long, global = true, value_name = "FOLDER")]
    pub root: Option<PathBuf>,

    /// What serves when no command is given.
    #[command(flatten)]
    pub serve: Serve,

    /// What to do instead.
    #[command(subcommand)]
    pub command: Option<Command>,
}

/// Options of `cargo workbook` without a command.
#[derive(Debug, Clone, Args)]
pub struct Serve {
    /// Serve on this port and no other; otherwise 3000, or a free one from 3100 on
    #[arg(long, value_name = "PORT", value_parser = clap::value_parser!(u16).range(1..))]
    pub port: Option<u16>,

    /// Look for changed files twice a second instead of asking the system to tell
    #[arg(long)]
    pub poll: bool,

    /// Do not end when standard input ends
    #[arg(long)]
    pub ignore_stdin: bool,
}

impl Serve {
    /// Whether any of them was given.
    pub fn is_set(&self) -> bool {
        self.port.is_some() || self.poll || self.ignore_stdin
    }
}

/// Options of `cargo workbook quiz`.
#[derive(Debug, Clone, Args)]
#[group(skip)]
pub struct Quiz {
    /// Only questions of this chapter, or of `general`; may be given several times
    #[arg(long = "chapter", value_name = "NN", value_delimiter = ',')]
    pub chapters: Vec<String>,

    /// Only questions of this grade: warm-up, working, senior or design; may be given several times
    #[arg(long = "grade", value_name = "GRADE", value_delimiter = ',')]
    pub grades: Vec<Level>,

    /// Ask so many cards at most
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..))]
    pub count: Option<u16>,

    /// Ask all cards, whether they are due or not
    #[arg(long)]
    pub all: bool,

    /// Ask nothing: show every question with its box, and what the proofs of the bank rest on
    #[arg(long, conflicts_with_all = ["count", "all"])]
    pub list: bool,

    /// Take over a file that Export gave you, on the page or here: of each card, the newer answer
    #[arg(long, value_name = "FILE", conflicts_with_all = ["list", "chapters", "grades", "count", "all"])]
    pub import: Option<PathBuf>,

    /// Write your boxes into a file that Import reads, on the page and here
    #[arg(long, value_name = "FILE", conflicts_with_all = ["import", "list", "chapters", "grades", "count", "all"])]
    pub export: Option<PathBuf>,

    /// Write the questions into a file that Anki imports
    #[arg(long, value_name = "FILE", conflicts_with_all = ["import", "export", "list", "count", "all"])]
    pub anki: Option<PathBuf>,
}

/// What can be done besides serving.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Show every exercise: how far it is, and its page in the book
    List,

    /// Check one exercise and show the verdict, or all of them in one line each
    ///
    /// Exits with 0 when everything that was checked passes, 1 when something does not, 2 when it could not be checked.
    #[command(override_usage = "cargo workbook check [OPTIONS] [NN]")]
    Check {
        /// The exercise's number; without it, all exercises
        #[arg(value_name = "NN")]
        number: Option<Number>,

        /// Show every failing conversation whole, not only the first
        #[arg(long, requires = "number")]
        all: bool,

        /// Check a running server instead of your code: any language, over TCP, in real time
        #[arg(long, value_name = "URL", requires = "number", value_parser = server_url)]
        at: Option<String>,
    },

    /// Show a hint for the step where you are
    ///
    /// Every step has three: 1 nudges, 2 names the rule, 3 shows the shape of the answer.
    /// Without LEVEL you get the first that you have not seen.
    Hint {
        /// The exercise's number
        #[arg(value_name = "NN")]
        number: Number,

        /// Which of the three hints
        #[arg(value_parser = hint_level)]
        level: Option<u8>,

        /// Another step than the one of the first failing conversation
        #[arg(long, value_parser = clap::value_parser!(u8).range(1..))]
        step: Option<u8>,
    },

    /// Put the exercise's src/ back as it came, and keep yours in .workbook/backups/
    Reset {
        /// The exercise's number
        #[arg(value_name = "NN")]
        number: Number,
    },

    /// Print the solution, once your exercise passes
    Solution {
        /// The exercise's number
        #[arg(value_name = "NN")]
        number: Number,

        /// Print it although the exercise does not pass
        #[arg(long)]
        spoil: bool,
    },

    /// Ask you the questions of the book: what is due today, as the page of cards does
    ///
    /// Shows a question and waits for Enter, shows the answer, the trap and the proof, and waits for 1 (not yet), 2 (almost) or 3 (knew it).
    /// What you know comes back after 1, 2, 4 and 8 days, what you do not comes again today; 15 cards may be new on one day.
    /// u takes the last grade back; q, Ctrl-D and Ctrl-C end, and every grade has been kept by then.
    /// At the end it says what to reread, and which exercise to do again.
    #[command(after_help = QUIZ, after_long_help = QUIZ_LONG)]
    Quiz(Quiz),

    /// Say what is installed, what each chapter needs, and how to get what is missing
    ///
    /// Exits with 0 unless something is missing that every chapter needs.
    Doctor,
}

fn hint_level(text: &str) -> Result<u8, String> {
    match text.parse() {
        Ok(level @ 1..=3) => Ok(level),
        _ => Err("there are three hints for a step, 1 to 3".to_owned()),
    }
}

/// Takes an address of a server, and nothing that the check could read as an option.
fn server_url(text: &str) -> Result<String, String> {
    let host = text
        .split_once("://")
        .filter(|(scheme, _)| ["ws", "wss", "http", "https"].contains(scheme))
        .map(|(_, host)| host);
    match host {
        Some(host) if !host.is_empty() && !host.starts_with('/') => Ok(text.to_owned()),
        _ => Err("an address of a server looks like ws://127.0.0.1:8000".to_owned()),
    }
}

const EXAMPLES: &str = "\
Examples:
  cargo workbook              read the book, edit an exercise, see the verdict at every save
  cargo workbook list         how far you are
  cargo workbook check 01     the whole verdict on exercise 01
  cargo workbook hint 01      a hint for the step where you are
  cargo workbook quiz         the interview questions that are due today
  cargo workbook check 01 --at ws://127.0.0.1:8000     judge a server written in any language

More with --help, and with --help after a command.";

const LONG: &str = "\
Examples:
  cargo workbook              read the book, edit an exercise, see the verdict at every save
  cargo workbook list         how far you are
  cargo workbook check        all exercises, one line each
  cargo workbook check 01     the whole verdict on exercise 01
  cargo workbook check 01 --at ws://127.0.0.1:8000     judge a server written in any language
  cargo workbook hint 01      a hint for the step where you are, the next one each time
  cargo workbook hint 01 3    the third hint at once
  cargo workbook reset 01     begin exercise 01 again; what you wrote is kept in .workbook/backups/
  cargo workbook solution 01  one good answer, once yours passes
  cargo workbook quiz         the interview questions that are due today, as on the page of cards

The first time takes one to two minutes, in which cargo shows what it compiles.
Without a command the book is built into target/book and served to this machine only, and three kinds of file are watched:
  exercises/NN-topic/src/**/*.rs    saving one runs the check of that exercise
  the book and what it quotes       saving one builds the book again
  target/workbook/NN.json           a verdict that another run of the check has written
A check that has run for exactly these sources already is not run again.

It ends, with exit code 0, on Ctrl-C, on SIGTERM, and when its standard input ends, if that is a terminal (Ctrl-D) or a pipe:
`sleep 600 | cargo workbook` serves for ten minutes.
An input that has nothing to give, such as /dev/null in a service or a CI job, does not end it, nor does anything with --ignore-stdin.
Progress is kept in progress.txt, in plain text, beside Cargo.toml; the boxes of the quiz in .workbook/cards.json.";

const QUIZ: &str = "\
Examples:
  cargo workbook quiz                                what is due today
  cargo workbook quiz --chapter 01 --grade senior    the hard ones of one chapter
  cargo workbook quiz --all --count 5                five cards in between, due or not
  cargo workbook quiz --import websocket-cards-2026-11-24.json

More with --help.";

const QUIZ_LONG: &str = "\
Examples:
  cargo workbook quiz                                what is due today
  cargo workbook quiz --chapter 01 --grade senior    the hard ones of one chapter
  cargo workbook quiz --all --count 5                five cards in between, due or not
  cargo workbook quiz --list                         all questions, and figures of the bank
  cargo workbook quiz --anki websocket-cards.txt     for Anki: File, Import
  cargo workbook quiz --export my-cards.json         to take along
  cargo workbook quiz --import websocket-cards-2026-11-24.json    what the page exported

Your boxes are kept in .workbook/cards.json, beside Cargo.toml, as text in the form that the page exports.
The page keeps its own in the browser: Export there and --import here make one of both, and the other way round.
FILE may be - for standard input or output. A file that is something else is not written over.
A day is a day where you live, as on the page.
Answers may come from a pipe: an empty line for Enter, then 1, 2 or 3.

Exits with 0, and with 2 when something could not be read or kept.";

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    #[test]
    fn the_command_line_is_well_formed() {
        Cli::command().debug_assert();
    }

    #[test]
    fn an_option_does_not_pass_for_a_server() {
        assert!(server_url("--list").is_err());
        assert!(server_url("ftp://127.0.0.1:8000").is_err());
        assert!(server_url("ws://").is_err());
        assert!(server_url("ws://127.0.0.1:8000").is_ok());
    }
}
