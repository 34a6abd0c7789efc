//! The verdict as text for a terminal.

use std::{collections::BTreeSet, fmt::Write};

use console::{Style, style};
use similar::{ChangeTag, TextDiff};
use transcript::ascii;

use crate::verdict::{Outcome, OutcomeState, ProblemKind, State, Verdict};

/// The widest line of prose.
const WIDTH: usize = 88;
/// How many files of a modified suite are named.
const MODIFIED: usize = 3;
/// How many lines around a difference are shown.
const CONTEXT: usize = 3;

/// How to show it.
#[derive(Debug, Clone, Copy, Default)]
pub struct Show {
    /// Every failing conversation whole, not only the first.
    pub all: bool,
    /// In ASCII.
    pub ascii: bool,
}

/// The verdict as text.
pub fn report(verdict: &Verdict, show: Show) -> String {
    let text = match verdict.state {
        State::Passing => passing(verdict),
        State::NotStarted => not_started(verdict),
        State::Failing => failing(verdict, show.all),
    };
    if show.ascii { ascii(&text) } else { text }
}

fn heading(verdict: &Verdict) -> String {
    let title = format!("{} · {}", verdict.package.replace('-', " "), verdict.topic);
    let count = format!("{} of {}", verdict.passed, verdict.total);
    let count = match verdict.state {
        State::Passing => style(count).green().bold(),
        _ => style(count).bold(),
    };
    format!("\n{}   {count}\n", style(title).bold()) + &modified(verdict)
}

fn modified(verdict: &Verdict) -> String {
    if verdict.modified.is_empty() {
        return String::new();
    }
    let mut text = format!("{}\n", style("checked against a modified suite:").yellow());
    for file in verdict.modified.iter().take(MODIFIED) {
        let _ = writeln!(text, "  {file}");
    }
    if let more @ 1.. = verdict.modified.len().saturating_sub(MODIFIED) {
        let _ = writeln!(text, "  and {more} more");
    }
    let folders = verdict
        .modified
        .iter()
        .filter_map(|file| Some(file.rsplit_once('/')?.0));
    let folders: Vec<_> = folders.collect::<BTreeSet<_>>().into_iter().collect();
    let _ = writeln!(
        text,
        "  restore it: git checkout HEAD -- {}",
        folders.join(" ")
    );
    text
}

fn passing(verdict: &Verdict) -> String {
    let mut text = heading(verdict);
    text.push('\n');
    for outcome in &verdict.conversations {
        let _ = writeln!(text, "  {} {}", style("✓").green(), outcome.title);
    }
    let _ = writeln!(text, "\nAll conversations went as they should.");
    if verdict.package.starts_with("exercise") {
        let _ = writeln!(
            text,
            "Compare: cargo workbook solution {}   Say it: the chapter's interview questions",
            verdict.chapter
        );
    }
    text
}

fn not_started(verdict: &Verdict) -> String {
    let mut text = heading(verdict);
    let problem = verdict
        .conversations
        .first()
        .and_then(|outcome| outcome.problem.as_ref());
    let (todo, place) = match problem {
        Some(problem) => (problem.message.as_str(), problem.location.as_deref()),
        None => ("step 1", None),
    };
    let place = place.unwrap_or("src/lib.rs");
    let _ = writeln!(
        text,
        "\nNot started. The first thing to write is in {}:",
        style(place).bold()
    );
    let _ = writeln!(text, "\n  {todo}\n");
    let _ = writeln!(text, "The task:   {}", readme(verdict));
    let _ = writeln!(text, "A hint:     cargo workbook hint {}", verdict.chapter);
    text
}

fn failing(verdict: &Verdict, all: bool) -> String {
    let mut text = heading(verdict);
    text.push('\n');
    for outcome in &verdict.conversations {
        let _ = match outcome.state {
            OutcomeState::Passed => writeln!(text, "  {} {}", style("✓").green(), outcome.title),
            OutcomeState::Todo => writeln!(
                text,
                "  · {}   {}",
                outcome.title,
                style("not written yet").dim()
            ),
            OutcomeState::Hung => {
                writeln!(text, "  {} {}   it hangs", style("✗").red(), outcome.title)
            }
            OutcomeState::Panicked => {
                writeln!(text, "  {} {}   it panics", style("✗").red(), outcome.title)
            }
            OutcomeState::Skipped => writeln!(
                text,
                "  · {}   {}",
                outcome.title,
                style("not played").dim()
            ),
            OutcomeState::Failed => writeln!(text, "  {} {}", style("✗").red(), outcome.title),
        };
    }
    let failed = verdict
        .conversations
        .iter()
        .filter(|o| !matches!(o.state, OutcomeState::Passed | OutcomeState::Skipped));
    let shown = if all { usize::MAX } else { 1 };
    for outcome in failed.clone().take(shown) {
        text.push_str(&whole(outcome, verdict));
    }
    let more = failed.count().saturating_sub(shown);
    if more > 0 {
        let _ = writeln!(
            text,
            "\n{}",
            style(format!(
                "{more} more: cargo workbook check {} --all",
                verdict.chapter
            ))
            .dim()
        );
    }
    text
}

/// One conversation that did not go as it should, whole.
fn whole(outcome: &Outcome, verdict: &Verdict) -> String {
    let mut text = format!(
        "\n{}\n\n",
        style(format!("{} — step {}", outcome.title, outcome.step))
            .bold()
            .underlined()
    );
    let problem = outcome.problem.as_ref();
    if let Some(problem) = problem.filter(|problem| problem.kind == ProblemKind::Todo) {
        let place = problem.location.as_deref().unwrap_or("src/lib.rs");
        let _ = writeln!(
            text,
            "  Not written yet: {} in {}",
            problem.message,
            style(place).bold()
        );
        text.push_str(&hint(outcome, verdict));
        return text;
    }
    text.push_str(&diff(&outcome.expected, &outcome.yours));
    if let Some(problem) = problem {
        let kind = match problem.kind {
            ProblemKind::Hang => "It hangs.",
            _ => "Your code panicked:",
        };
        let place = problem
            .location
            .as_deref()
            .map(|place| format!(" ({place})"));
        let message = format!("{kind} {}{}", problem.message, place.unwrap_or_default());
        let _ = writeln!(text, "\n{}", wrap(&message, 2));
    }
    match &outcome.mistake {
        Some(mistake) => {
            let _ = writeln!(
                text,
                "\n  {}",
                style(format!("A known mistake: {}", mistake.title)).bold()
            );
            let _ = writeln!(text, "{}", wrap(&mistake.why, 2));
            let _ = writeln!(text, "\n  Read: {} in the book", mistake.read);
        }
        None => text.push_str(&hint(outcome, verdict)),
    }
    text
}

fn hint(outcome: &Outcome, verdict: &Verdict) -> String {
    let Some(hint) = &outcome.hint else {
        return String::new();
    };
    let more = format!("More: cargo workbook hint {}", verdict.chapter);
    format!(
        "\n  {}\n{}\n\n  {}\n",
        style(format!("A question for step {}", outcome.step)).bold(),
        wrap(hint, 2),
        style(more).dim()
    )
}

/// Lines of both transcripts, what is only in one of them marked by a word.
fn diff(expected: &str, yours: &str) -> String {
    let diff = TextDiff::from_lines(expected, yours);
    let mut text = String::new();
    let plain = Style::new();
    let groups = diff.grouped_ops(CONTEXT);
    for (index, group) in groups.iter().enumerate() {
        if index > 0 {
            let _ = writeln!(text, "            …");
        }
        for change in group.iter().flat_map(|op| diff.iter_changes(op)) {
            let (word, style) = match change.tag() {
                ChangeTag::Equal => ("", plain.clone()),
                ChangeTag::Delete => ("expected", Style::new().green()),
                ChangeTag::Insert => ("yours", Style::new().red()),
            };
            let line = change.value().trim_end_matches('\n');
            let _ = writeln!(
                text,
                "  {}",
                style.apply_to(format!("{word:<9} {line}").trim_end())
            );
        }
    }
    text
}

/// Prose in lines of at most [`WIDTH`] characters; what is a list or a listing stays as it is.
fn wrap(text: &str, indent: usize) -> String {
    let margin = " ".repeat(indent);
    let mut lines = vec![];
    for paragraph in text.split('\n') {
        let mut line = margin.clone();
        for word in paragraph.split_whitespace() {
            if line.chars().count() + 1 + word.chars().count() > WIDTH && line.trim() != "" {
                lines.push(std::mem::replace(&mut line, margin.clone()));
            }
            if line.len() > margin.len() {
                line.push(' ');
            }
            line.push_str(word);
        }
        lines.push(line.trim_end().to_owned());
    }
    lines.join("\n")
}

fn readme(verdict: &Verdict) -> String {
    format!("exercises/{}-{}/README.md", verdict.chapter, verdict.topic)
}
