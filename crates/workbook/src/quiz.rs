//! `cargo workbook quiz`: the questions of the book in the terminal, by the rules and in the file of the page of cards.
//!
//! # Layout
//!
//! ```text
//! bank     the questions
//! boxes    when a card comes back
//! store    what is kept, and what is taken along
//! session  who is asked next, and what came of it
//! talk     asking: lines in, text out
//! list     all of them, and what their proofs rest on
//! text     Markdown for a terminal
//! anki     Markdown for Anki
//! proof    what a proof rests on
//! ```

pub mod bank;
pub mod boxes;

mod store;

pub mod session;
mod talk;

mod list;

pub mod anki;
pub mod proof;
pub mod text;

use std::io::{self, Write};

use anyhow::{Result, bail};

use self::{
    bank::{Level, Question},
    boxes::Ahead,
    session::Session,
    store::Store,
};
use crate::{args::Quiz, clock, workspace::Workspace};

/// Does what was asked for.
pub async fn run(ws: &Workspace, asked: &Quiz) -> Result<()> {
    let store = Store::of(ws);
    if let Some(file) = &asked.import {
        return store.import(file);
    }
    if let Some(file) = &asked.export {
        return store.export(file);
    }
    let bank = bank::read(ws)?;
    let questions = wanted(&bank, &asked.chapters, &asked.grades)?;
    if let Some(file) = &asked.anki {
        return store.write(file, &anki::write(&questions), |text| {
            text.starts_with(anki::HEAD)
        });
    }
    if asked.list {
        // The list can do without the boxes, and says what it lacks.
        let state = store.load().unwrap_or_else(|error| {
            eprintln!("note: {error:#}");
            boxes::State::default()
        });
        return say(&list::list(ws, &questions, &state));
    }
    let today = clock::local_today();
    let ahead = if asked.all { Ahead::Yes } else { Ahead::No };
    let state = store.load()?;
    let ids: Vec<_> = questions
        .iter()
        .map(|question| question.id.as_str())
        .collect();
    let mut queue = state.session(&ids, &today, ahead);
    if queue.is_empty() {
        return say(&nothing_due(&state, &ids));
    }
    let new = queue.iter().filter(|id| state.card(id).is_none()).count();
    let mut begin = match ahead {
        Ahead::Yes => format!("All {}, due or not.", counted(queue.len())),
        Ahead::No => format!("Due today: {} to repeat, {new} new.", queue.len() - new),
    };
    if let Some(count) = asked
        .count
        .map(usize::from)
        .filter(|count| *count < queue.len())
    {
        queue.truncate(count);
        begin.push_str(&format!(" This time {count}."));
    }
    talk::talk(ws, &store, &questions, Session::new(queue), &begin).await
}

/// A number of cards.
fn counted(cards: usize) -> String {
    match cards {
        1 => "1 card".to_owned(),
        cards => format!("{cards} cards"),
    }
}

/// The questions of these chapters and grades; of all, when none is named.
fn wanted<'a>(
    bank: &'a [Question],
    chapters: &[String],
    grades: &[Level],
) -> Result<Vec<&'a Question>> {
    let mut there: Vec<&str> = Vec::new();
    for question in bank {
        if !there.contains(&question.chapter.as_str()) {
            there.push(&question.chapter);
        }
    }
    let chapters: Vec<_> = chapters.iter().map(|name| padded(name)).collect();
    for chapter in &chapters {
        if !there.contains(&chapter.as_str()) {
            bail!(
                "there are no questions of chapter {chapter}; there are those of {}",
                there.join(", ")
            );
        }
    }
    let of_chapters =
        |question: &&Question| chapters.is_empty() || chapters.contains(&question.chapter);
    let found: Vec<_> = bank
        .iter()
        .filter(of_chapters)
        .filter(|question| grades.is_empty() || grades.contains(&question.level))
        .collect();
    if found.is_empty() {
        let mut grades: Vec<_> = bank.iter().filter(of_chapters).map(|q| q.level).collect();
        grades.sort();
        grades.dedup();
        let grades: Vec<_> = grades.into_iter().map(Level::name).collect();
        bail!(
            "there is no such question: of {} there are {}",
            chapters.join(", "),
            grades.join(", ")
        );
    }
    Ok(found)
}

/// A chapter may be given without its zero.
fn padded(chapter: &str) -> String {
    match chapter.parse::<crate::exercise::Number>() {
        Ok(number) => number.to_string(),
        Err(_) => chapter.to_owned(),
    }
}

fn nothing_due(state: &boxes::State, ids: &[&str]) -> String {
    let days = ids.iter().filter_map(|id| Some(&state.card(id)?.due));
    let next = match days.min() {
        Some(day) => format!("The next card is due on {day}."),
        None => format!(
            "{} new ones a day are enough; more come tomorrow.",
            boxes::NEW_A_DAY
        ),
    };
    format!("Nothing is due today. {next}\nTo practise all the same: cargo workbook quiz --all\n")
}

/// Prints in what the terminal can show.
fn say(text: &str) -> Result<()> {
    let mut out = io::stdout();
    // As `println!`, whose panic main turns into a quiet end when the reader has gone.
    if checks::speaks_utf8() {
        print!("{text}");
    } else {
        print!("{}", text::ascii(text));
    }
    out.flush()?;
    Ok(())
}
