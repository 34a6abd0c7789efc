//! The verdict as text for a terminal.

use std::{collections::BTreeSet, fmt::Write};

use console::{Style, style};
use similar::{ChangeTag, TextDiff};
use transcript::ascii;

use crate::verdict::{Outcome, OutcomeState, ProblemKind, State, Verdict};

/// The widest line of prose.
const WIDTH: usize = 88;
/// How many lines around a difference are shown.
const CONTEXT: usize = 3;
/// The same line, this often and more, is shown once.
const REPEATED: usize = 4;
/// How many lines of what the code printed are shown.
const PRINTED: usize = 20;
/// So many milliseconds of real time are more than a conversation takes on a busy machine.
const SLOW: u64 = 2500;
/// How many files of a modified suite are named.
const MODIFIED: usize = 3;

/// How to show it.
#[derive(Debug, Clone, Copy, Default)]
pub struct Show {
    /// Every failing conversation whole, not only the first.
    pub all: bool,
    /// In ASCII.
    pub ascii: bool,
    /// How many conversations the chapter has; 0 where that is not worth a word.
    pub of: usize,
    /// What the chapter asks for and no conversation sees.
    pub not_played: &'static [&'static str],
}

/// The verdict as text.
pub fn report(verdict: &Verdict, show: Show) -> String {
    let mut text = heading(verdict, show);
    match verdict.state {
        State::Passing => passing(verdict, show, &mut text),
        State::NotStarted => not_started(verdict, &mut text),
        State::Failing => failing(verdict, show.all, &mut text),
    }
    if show.ascii { ascii(&text) } else { text }
}

/// Adds a line to a text.
macro_rules! line {
    ($text:expr) => {
        $text.push('\n')
    };
    ($text:expr, $($arg:tt)*) => {{
        let _ = writeln!($text, $($arg)*);
    }};
}

fn heading(verdict: &Verdict, show: Show) -> String {
    let mut text = String::from("\n");
    let package = verdict.package.replace('-', " ");
    let title = style(format!("{package} · {}", verdict.topic)).bold();
    let count = style(format!("{} of {}", verdict.passed, verdict.total)).bold();
    let count = match verdict.state {
        State::Passing => count.green(),
        State::Failing | State::NotStarted => count,
    };
    match show.of.saturating_sub(verdict.total) {
        0 => line!(text, "{title}   {count}"),
        left => line!(text, "{title}   {count}   {left} others were not played"),
    }
    modified(verdict, &mut text);
    text
}

fn modified(verdict: &Verdict, text: &mut String) {
    if verdict.modified.is_empty() {
        return;
    }
    let warning = style("checked against a modified suite:").yellow();
    line!(text, "{warning}");
    for file in verdict.modified.iter().take(MODIFIED) {
        line!(text, "  {file}");
    }
    if let more @ 1.. = verdict.modified.len().saturating_sub(MODIFIED) {
        line!(text, "  and {more} more");
    }
    let folders = verdict.modified.iter();
    let folders: BTreeSet<_> = folders
        .filter_map(|file| Some(file.rsplit_once('/')?.0))
        .collect();
    let folders: Vec<_> = folders.into_iter().collect();
    line!(
        text,
        "  restore it: git checkout HEAD -- {}",
        folders.join(" ")
    );
    line!(
        text,
        "  or, where the change was committed, from a fresh download of the workbook"
    );
}

fn passing(verdict: &Verdict, show: Show, text: &mut String) {
    line!(text);
    for outcome in &verdict.conversations {
        line!(
            text,
            "  {} {}{}",
            style("✓").green(),
            outcome.title,
            slow(outcome)
        );
    }
    if show.of > verdict.total {
        return;
    }
    line!(text, "\nAll conversations went as they should.");
    if !verdict.package.starts_with("exercise") {
        return;
    }
    for what in show.not_played {
        line!(text, "{}", wrap(&format!("Not played: {what}"), 0));
    }
    let number = &verdict.chapter;
    line!(
        text,
        "\nOne good answer, to compare:  cargo workbook solution {number}"
    );
    line!(
        text,
        "To say it in an interview:    the questions at the end of chapter {number}"
    );
}

fn not_started(verdict: &Verdict, text: &mut String) {
    let first = verdict.conversations.first();
    let (todo, place) = match first.and_then(|outcome| outcome.problem.as_ref()) {
        Some(problem) => (problem.message.as_str(), problem.location.as_deref()),
        None => ("step 1", None),
    };
    let place = style(place.unwrap_or("src/lib.rs")).bold();
    line!(
        text,
        "\nNot started. The first thing to write is in {place}:"
    );
    line!(text, "\n  {todo}\n");
    line!(
        text,
        "The task:   exercises/{}-{}/README.md",
        verdict.chapter,
        verdict.topic
    );
    line!(text, "A hint:     cargo workbook hint {}", verdict.chapter);
}

fn failing(verdict: &Verdict, all: bool, text: &mut String) {
    line!(text);
    for outcome in &verdict.conversations {
        let (mark, what) = match outcome.state {
            OutcomeState::Passed => (style("✓").green(), ""),
            OutcomeState::Failed => (style("✗").red(), ""),
            OutcomeState::Hung => (style("✗").red(), "   it hangs"),
            OutcomeState::Panicked => (style("✗").red(), "   it panics"),
            OutcomeState::Ended => (style("✗").red(), "   it ends the process"),
            OutcomeState::Todo => (style("·"), "   not written yet"),
            OutcomeState::Skipped => (style("·"), "   not played"),
        };
        line!(text, "  {mark} {}{what}{}", outcome.title, slow(outcome));
    }
    let well = |state| matches!(state, OutcomeState::Passed | OutcomeState::Skipped);
    let failed = verdict.conversations.iter().filter(|o| !well(o.state));
    let shown = if all { usize::MAX } else { 1 };
    let mut hinted = BTreeSet::new();
    for outcome in failed.clone().take(shown) {
        whole(outcome, verdict, &mut hinted, text);
    }
    let more = failed.count().saturating_sub(shown);
    if more > 0 {
        let all = match verdict.package.as_str() {
            "server" => "the same with --all".into(),
            _ => format!("cargo workbook check {} --all", verdict.chapter),
        };
        line!(text, "\n{}", style(format!("{more} more: {all}")).dim());
    }
}

/// Says so when a conversation took time that is not in it: under virtual time no wait takes any.
fn slow(outcome: &Outcome) -> String {
    let hung = matches!(outcome.state, OutcomeState::Hung | OutcomeState::Skipped);
    // Where time has passed, or where a broker is involved.
    let real = outcome.yours.contains("\n+") || outcome.yours.contains(" · a broker runs");
    if hung || real || outcome.millis < SLOW {
        return String::new();
    }
    let seconds = outcome.millis as f64 / 1000.0;
    format!("   {seconds:.1} s of real time: does something block the thread?")
}

/// One conversation that did not go as it should, whole.
fn whole(outcome: &Outcome, verdict: &Verdict, hinted: &mut BTreeSet<u8>, text: &mut String) {
    let title = format!("{} — step {}", outcome.title, outcome.step);
    line!(text, "\n{}\n", style(title).bold().underlined());
    let problem = outcome.problem.as_ref();
    let place = problem.and_then(|problem| problem.location.as_deref());
    match problem.map(|problem| (problem.kind, problem.message.as_str())) {
        Some((ProblemKind::Todo, message)) => {
            let place = place.unwrap_or("src/lib.rs");
            line!(
                text,
                "{}",
                wrap(&format!("Not written yet: {message} ({place})"), 2)
            );
            return hint(outcome, verdict, hinted, text);
        }
        Some((ProblemKind::End, message)) => {
            line!(text, "  Your code ended the whole process: {message}");
            return printed(outcome, text);
        }
        _ => text.push_str(&diff(&outcome.expected, &outcome.yours)),
    }
    if let Some(problem) = problem {
        let kind = match problem.kind {
            ProblemKind::Hang => "It hangs.",
            _ => "Your code panicked:",
        };
        let place = place.map_or(String::new(), |place| format!(" ({place})"));
        line!(
            text,
            "\n{}",
            wrap(&format!("{kind} {}{place}", problem.message), 2)
        );
    }
    printed(outcome, text);
    if let Some(mistake) = &outcome.mistake {
        line!(text, "\n  {}", style(&mistake.heading).bold());
        line!(text, "{}", wrap(&mistake.why, 2));
        line!(
            text,
            "\n  Read: http://127.0.0.1:3000/{} while cargo workbook runs",
            mistake.read
        );
    } else if let Some(note) = &outcome.note {
        line!(text, "\n{}", wrap(note, 2));
    } else if problem.is_none() {
        hint(outcome, verdict, hinted, text);
    }
}

fn hint(outcome: &Outcome, verdict: &Verdict, hinted: &mut BTreeSet<u8>, text: &mut String) {
    let Some(hint) = &outcome.hint else { return };
    if !hinted.insert(outcome.step) {
        return;
    }
    let title = format!("A question for step {}", outcome.step);
    line!(text, "\n  {}", style(title).bold());
    line!(text, "{}", wrap(hint, 2));
    let more = format!("More: cargo workbook hint {} 2", verdict.chapter);
    line!(text, "\n  {}", style(more).dim());
}

/// What the learner's code printed in this conversation.
fn printed(outcome: &Outcome, text: &mut String) {
    if outcome.printed.trim().is_empty() {
        return;
    }
    line!(text, "\n  It printed:");
    let lines = outcome.printed.lines();
    for line in lines.clone().take(PRINTED) {
        line!(text, "    {line}");
    }
    if let more @ 1.. = lines.count().saturating_sub(PRINTED) {
        line!(text, "    … {more} more lines");
    }
}

/// The lines of a transcript without the padding of names, which depends on who else is in it.
fn unpadded(transcript: &str) -> Vec<String> {
    let unpad = |line: &str| match line.split_once(' ') {
        Some((name, rest)) => format!("{name} {}", rest.trim_start_matches(' ')),
        None => line.to_owned(),
    };
    transcript.lines().map(unpad).collect()
}

/// Lines of both transcripts, what is only in one of them marked by a word.
fn diff(expected: &str, yours: &str) -> String {
    let (expected, yours) = (unpadded(expected), unpadded(yours));
    let lines = expected.iter().chain(&yours);
    let width = lines
        .filter_map(|line| Some(line.split_once(' ')?.0.len()))
        .max();
    let width = width.unwrap_or(0);
    let padded = |line: &str| match line.split_once(' ') {
        Some((name, rest)) => format!("{name:width$} {rest}"),
        None => line.to_owned(),
    };
    let expected: Vec<_> = expected.iter().map(String::as_str).collect();
    let yours: Vec<_> = yours.iter().map(String::as_str).collect();
    let diff = TextDiff::from_slices(&expected, &yours);
    let mut lines = vec![];
    for (index, group) in diff.grouped_ops(CONTEXT).iter().enumerate() {
        if index > 0 {
            lines.push((ChangeTag::Equal, "…".to_owned()));
        }
        let changes = group.iter().flat_map(|op| diff.iter_changes(op));
        lines.extend(changes.map(|change| (change.tag(), padded(change.value()))));
    }
    if !lines.iter().any(|(tag, _)| *tag == ChangeTag::Insert) {
        let last = lines.iter().rposition(|(tag, _)| *tag == ChangeTag::Delete);
        lines.insert(
            last.map_or(0, |last| last + 1),
            (ChangeTag::Insert, "(nothing)".into()),
        );
    }
    let mut text = String::new();
    let mut lines = lines.into_iter().peekable();
    while let Some((tag, line)) = lines.next() {
        let mut same = 0;
        while lines
            .next_if(|(other, next)| *other == tag && *next == line)
            .is_some()
        {
            same += 1;
        }
        show(&mut text, tag, &line);
        if same >= REPEATED {
            show(&mut text, tag, &format!("… {same} more like it"));
        } else {
            (0..same).for_each(|_| show(&mut text, tag, &line));
        }
    }
    text
}

fn show(text: &mut String, tag: ChangeTag, line: &str) {
    let (word, style) = match tag {
        ChangeTag::Equal => ("", Style::new()),
        ChangeTag::Delete => ("expected", Style::new().green()),
        ChangeTag::Insert => ("yours", Style::new().red()),
    };
    let line = format!("{word:<9} {line}");
    line!(text, "  {}", style.apply_to(line.trim_end()));
}

/// Prose in lines of at most [`WIDTH`] characters.
fn wrap(text: &str, indent: usize) -> String {
    let margin = " ".repeat(indent);
    let mut lines = vec![];
    for paragraph in text.split('\n') {
        let mut line = margin.clone();
        for word in paragraph.split_whitespace() {
            let length = line.chars().count() + 1 + word.chars().count();
            if length > WIDTH && line.trim() != "" {
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn padding_is_no_difference() {
        let expected = "alice → ping\nalice ← pong\n";
        let yours = "alice  → ping\nserver ! panicked: no\n";
        console::set_colors_enabled(false);
        assert_eq!(
            diff(expected, yours),
            "            alice  → ping\n  expected  alice  ← pong\n  yours     server ! panicked: no\n"
        );
    }

    #[test]
    fn what_is_missing_and_what_repeats_are_said() {
        console::set_colors_enabled(false);
        assert_eq!(
            diff("alice → ping\nalice ← pong\n", "alice → ping\n"),
            "            alice → ping\n  expected  alice ← pong\n  yours     (nothing)\n"
        );
        let flood = "alice ← text \"x\"\n".repeat(100);
        assert_eq!(
            diff("", &flood),
            "  yours     alice ← text \"x\"\n  yours     … 99 more like it\n"
        );
    }
}
