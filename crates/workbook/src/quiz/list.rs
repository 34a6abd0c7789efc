//! All questions, a line each, and figures of the bank: how many there are for whom, and what their proofs rest on.

use std::fmt::Write;

use console::truncate_str;

use super::{
    bank::{Level, Question},
    boxes::State,
    proof::{self, Ground},
    text,
};
use crate::{term, workspace::Workspace};

/// The list and the figures.
pub fn list(ws: &Workspace, questions: &[&Question], state: &State) -> String {
    let width = term::columns().unwrap_or(usize::MAX);
    let mut text = String::new();
    let grounds: Vec<_> = questions
        .iter()
        .map(|question| proof::ground(&ws.root, question))
        .collect();
    for question in questions {
        let place = match state.card(&question.id) {
            Some(card) => format!("box {} due {}", card.number, card.due),
            None => "new".to_owned(),
        };
        let Question { chapter, level, .. } = question;
        let ask = text::flow_html(&question.ask, usize::MAX);
        let line = format!("{chapter:7}  {level:7}  {place:20}  {ask}");
        let _ = writeln!(text, "{}", truncate_str(&line, width, "…"));
    }
    text.push('\n');
    text.push_str(&figures(questions, &grounds));
    let alone = questions.iter().zip(&grounds);
    let alone: Vec<_> = alone
        .filter(|(_, ground)| **ground == Ground::Source)
        .collect();
    if !alone.is_empty() {
        text.push_str("\nBacked by sources alone:\n");
    }
    for (question, _) in alone {
        let ask = text::flow_html(&question.ask, usize::MAX);
        let line = format!("  {:26}  {ask}", question.id);
        let _ = writeln!(text, "{}", truncate_str(&line, width, "…"));
    }
    text
}

fn figures(questions: &[&Question], grounds: &[Ground]) -> String {
    let mut chapters: Vec<&str> = Vec::new();
    for question in questions {
        if !chapters.contains(&question.chapter.as_str()) {
            chapters.push(&question.chapter);
        }
    }
    let mut text = "\
chapter  warm-up  working  senior  design  all   run here  in the book  sources alone
"
    .to_owned();
    let mut row = |name: &str, of: &dyn Fn(&Question) -> bool| {
        let chosen: Vec<_> = questions
            .iter()
            .zip(grounds)
            .filter(|(question, _)| of(question))
            .collect();
        let levels =
            Level::ALL.map(|level| chosen.iter().filter(|(q, _)| q.level == level).count());
        let [run, book, source] = [Ground::Run, Ground::Book, Ground::Source]
            .map(|ground| chosen.iter().filter(|(_, is)| **is == ground).count());
        let [warm_up, working, senior, design] = levels;
        let all = chosen.len();
        let _ = writeln!(
            text,
            "{name:7}  {warm_up:7}  {working:7}  {senior:6}  {design:6}  {all:3}   {run:8}  {book:11}  {source:13}"
        );
    };
    for chapter in &chapters {
        row(chapter, &|question| question.chapter == *chapter);
    }
    if chapters.len() > 1 {
        row("all", &|_| true);
    }
    text
}
