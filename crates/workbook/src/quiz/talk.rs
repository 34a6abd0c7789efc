//! Asking somebody: a question, Enter, the answer, a grade; and at the end what is to be read again.
//!
//! A line is what is read, so a terminal edits it as usual, and a pipe can answer as well.

use std::{
    fmt::Write,
    io::{self, BufRead, IsTerminal},
    pin::Pin,
    thread,
};

use anyhow::Result;
use console::style;
use tokio::sync::mpsc;

use super::{
    bank::{self, Question},
    boxes::{Grade, State},
    counted, say,
    session::{Again, Session, again},
    store::Store,
    text,
};
use crate::{clock, term, workspace::Workspace};

/// What somebody may say to a question or to its answer.
#[derive(Debug, PartialEq, Eq)]
enum Said {
    Nothing,
    Grade(Grade),
    Undo,
    Help,
    Leave,
    Other,
}

impl Said {
    fn read(line: &str) -> Said {
        match line.trim().to_lowercase().as_str() {
            "" => Said::Nothing,
            "1" | "not" | "not yet" => Said::Grade(Grade::Not),
            "2" | "almost" => Said::Grade(Grade::Almost),
            "3" | "knew" | "knew it" => Said::Grade(Grade::Knew),
            "u" | "undo" => Said::Undo,
            "?" | "h" | "help" => Said::Help,
            "q" | "quit" | "end" => Said::Leave,
            _ => Said::Other,
        }
    }
}

/// Asks what is in the session, keeps every grade at once, and says at the end what follows.
pub async fn talk(
    ws: &Workspace,
    store: &Store,
    questions: &[&Question],
    mut session: Session,
    begin: &str,
) -> Result<()> {
    let mut lines = Lines::open();
    say(&format!("{}\n{}\n", plain(begin), plain(KEYS)))?;
    'asking: while let Some(id) = session.current() {
        let Some(question) = questions.iter().find(|question| question.id == id) else {
            break;
        };
        say(&ask(question, session.to_go()))?;
        loop {
            match lines.next().await.as_deref().map(Said::read) {
                None | Some(Said::Leave) => break 'asking,
                Some(Said::Undo) if session.can_undo() => {
                    store.update(|state| session.undo(state))?;
                    continue 'asking;
                }
                // Whoever types the answer wants to see the right one afterwards.
                Some(Said::Nothing | Said::Other) => break,
                Some(Said::Grade(_)) => say(&format!("No grade before the answer. {SHOW}"))?,
                Some(Said::Undo) => say(&format!("There is nothing to take back. {SHOW}"))?,
                Some(Said::Help) => say(&format!("{}\n{SHOW}", plain(KEYS)))?,
            }
        }
        say(&reveal(question))?;
        loop {
            match lines.next().await.as_deref().map(Said::read) {
                None | Some(Said::Leave) => break 'asking,
                Some(Said::Grade(grade)) => {
                    let today = clock::local_today();
                    store.update(|state| session.grade(state, grade, &today))?;
                    break;
                }
                Some(Said::Undo) if session.can_undo() => {
                    store.update(|state| session.undo(state))?;
                    continue 'asking;
                }
                Some(Said::Help) => say(&format!("{}\n{GRADES}", plain(KEYS)))?,
                _ => say("1, 2 or 3: how well did you know it? ")?,
            }
        }
    }
    let ended_early = session.current().is_some();
    let state = store.load()?;
    say(&summary(
        ws,
        store,
        &session,
        questions,
        &state,
        ended_early,
    ))
}

const KEYS: &str =
    "Answer aloud, then press Enter. u takes the last grade back, q ends, ? says this again.";
const SHOW: &str = "Enter shows the answer: ";
const GRADES: &str = "1 not yet · 2 almost · 3 knew it: ";

/// Lines of the terminal's width.
fn plain(text: &str) -> String {
    text::flow(text, term::width(), &mut Vec::new())
}

fn ask(question: &Question, to_go: usize) -> String {
    let (chapter, level) = (bank::chapter_name(&question.chapter), question.level);
    let from = format!("{to_go} to go · {chapter} · {level}");
    format!(
        "\n{}\n\n{}\n\n{SHOW}",
        style(from).dim(),
        text::flow_html(&question.ask, term::width())
    )
}

fn reveal(question: &Question) -> String {
    let mut links = Vec::new();
    let mut shown = String::new();
    for part in [question.answer(), question.trap(), question.proof()] {
        let _ = write!(shown, "{}\n\n", text::flow(part, term::width(), &mut links));
    }
    for (index, link) in links.iter().enumerate() {
        let line = format!("  [{}] {}", index + 1, link.address());
        let _ = writeln!(shown, "{}", style(line).dim());
    }
    if !links.is_empty() {
        shown.push('\n');
    }
    shown + GRADES
}

fn summary(
    ws: &Workspace,
    store: &Store,
    session: &Session,
    questions: &[&Question],
    state: &State,
    ended_early: bool,
) -> String {
    let results = session.results();
    if results.is_empty() {
        return "\nNothing was graded, so nothing has changed.\n".to_owned();
    }
    let count = |grade| results.iter().filter(|(_, given)| *given == grade).count();
    let counts: Vec<_> = Grade::ALL
        .iter()
        .rev()
        .map(|grade| format!("{} {}", count(*grade), grade.label()))
        .collect();
    let mut text = format!(
        "\n{}\n",
        style(format!(
            "Done: {}: {}.",
            counted(results.len()),
            counts.join(", ")
        ))
        .bold()
    );
    let ids = questions.iter().map(|question| question.id.as_str());
    let days = ids.filter_map(|id| Some(state.card(id)?.due.as_str()));
    let next = match (ended_early, days.min()) {
        (true, _) => "You left before the end: the rest is still due. ".to_owned(),
        (false, Some(day)) => format!("The next card is due on {day}. "),
        (false, None) => String::new(),
    };
    let kept = format!("{next}Your boxes are in {}.", store.shown());
    let _ = writeln!(text, "{}", plain(&kept));
    let Again { reread, redo } = again(&results, questions);
    if !reread.is_empty() {
        text.push_str("\nReread, while cargo workbook runs:\n");
    }
    for link in reread {
        let _ = writeln!(text, "  {}\n    {}", link.text, link.address());
    }
    let exercises = ws
        .survey()
        .map(|survey| survey.exercises)
        .unwrap_or_default();
    let redo: Vec<_> = exercises
        .iter()
        .filter(|exercise| redo.contains(&exercise.number.to_string()))
        .collect();
    if !redo.is_empty() {
        text.push_str(
            "\nDo the exercise again, from nothing (what you wrote is kept in .workbook/backups/):\n",
        );
    }
    for exercise in redo {
        let _ = writeln!(
            text,
            "  cargo workbook reset {}   {}",
            exercise.number, exercise.topic
        );
    }
    text
}

/// What somebody types, line by line, until they end it or interrupt.
struct Lines {
    receiver: mpsc::UnboundedReceiver<String>,
    /// One for all lines: a Ctrl-C between two of them counts for the next.
    interrupt: Pin<Box<dyn Future<Output = io::Result<()>>>>,
    echoes: bool,
}

impl Lines {
    fn open() -> Lines {
        let (sender, receiver) = mpsc::unbounded_channel();
        // A thread and not tokio's own standard input: that one keeps the runtime from ending until a line is typed.
        thread::spawn(move || {
            let mut input = io::stdin().lock();
            let mut line = Vec::new();
            // An input that cannot be read has nothing more to say.
            while matches!(input.read_until(b'\n', &mut line), Ok(1..)) {
                let said = String::from_utf8_lossy(&line).into_owned();
                line.clear();
                if sender.send(said).is_err() {
                    break;
                }
            }
        });
        Lines {
            receiver,
            interrupt: Box::pin(tokio::signal::ctrl_c()),
            echoes: io::stdin().is_terminal(),
        }
    }

    /// The next line; `None` at the end of the input, and on Ctrl-C.
    async fn next(&mut self) -> Option<String> {
        let line = tokio::select! {
            // First, since it only counts from the first time on that somebody asked for it.
            biased;
            // Where it cannot be waited for, Ctrl-C ends the process by itself, and what was graded is kept.
            Ok(()) = &mut self.interrupt => None,
            line = self.receiver.recv() => line,
        };
        // A terminal shows the line's end where a pipe shows nothing.
        if line.is_none() || !self.echoes {
            println!();
        }
        line
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_grade_is_a_key_or_the_words_of_the_page() {
        for (line, grade) in [
            ("1\n", Grade::Not),
            (" Not yet\r\n", Grade::Not),
            ("2", Grade::Almost),
            ("almost", Grade::Almost),
            ("3", Grade::Knew),
            ("Knew it", Grade::Knew),
        ] {
            assert_eq!(Said::read(line), Said::Grade(grade), "{line}");
        }
        assert_eq!(Said::read("4"), Said::Other);
        assert_eq!(Said::read("\r\n"), Said::Nothing);
    }
}
