//! How far the learner has come: `progress.txt`, made to be read, edited, exported and kept.

use std::{
    collections::BTreeSet,
    fmt, fs, io,
    path::{Path, PathBuf},
};

use anyhow::{Context, Result};

use crate::exercise::{Exercise, Number};

/// The file as it stands: a line for each exercise that was begun, and whatever else somebody wrote there.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Progress {
    lines: Vec<Line>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Line {
    Entry(Entry),
    Other(String),
}

/// What is known of one exercise.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// The exercise's number.
    pub number: Number,
    /// Its topic, for the reader.
    pub topic: String,
    /// The furthest it has been.
    pub reached: Reached,
    /// The day when it got there.
    pub since: Option<String>,
    /// The hints that were shown: step and level.
    pub hints: BTreeSet<(u8, u8)>,
}

/// The furthest that an exercise has been.
///
/// Passing once counts for good: breaking the code again to try something is part of learning.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Reached {
    /// Hints were read, nothing was written.
    NotStarted,
    /// It was begun.
    Failing,
    /// It was solved.
    Passing,
}

impl fmt::Display for Reached {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Reached::NotStarted => "not started",
            Reached::Failing => "failing",
            Reached::Passing => "passing",
        })
    }
}

impl Progress {
    /// Where it lies.
    pub fn path(root: &Path) -> PathBuf {
        root.join("progress.txt")
    }

    /// Reads it; no file is no progress.
    pub fn load(root: &Path) -> Result<Progress> {
        match fs::read_to_string(Self::path(root)) {
            Ok(text) => Ok(Self::parse(&text)),
            Err(e) if e.kind() == io::ErrorKind::NotFound => Ok(Progress::default()),
            Err(e) => Err(e).context(
                "could not read progress.txt: \
                 mend it or move it away (without it you begin with no progress), and make it readable for you",
            ),
        }
    }

    /// Reads it, changes it, and writes it if that made a difference.
    pub fn update(root: &Path, change: impl FnOnce(&mut Progress)) -> Result<()> {
        let before = Self::load(root)?;
        let mut after = before.clone();
        change(&mut after);
        if after != before {
            after.save(root).with_context(|| {
                "could not write progress.txt, so nothing was remembered: \
                 make it and its folder writable for you"
            })?;
        }
        Ok(())
    }

    /// What is known of an exercise.
    pub fn entry(&self, number: Number) -> Option<&Entry> {
        self.lines.iter().find_map(|line| match line {
            Line::Entry(entry) if entry.number == number => Some(entry),
            _ => None,
        })
    }

    /// Notes that an exercise came so far on this day.
    pub fn reach(&mut self, exercise: &Exercise, reached: Reached, today: &str) {
        let known = self.entry(exercise.number).map(|e| e.reached);
        if known.unwrap_or(Reached::NotStarted) < reached {
            let entry = self.entry_mut(exercise);
            entry.reached = reached;
            entry.since = Some(today.to_owned());
        }
    }

    /// Notes that a hint was shown.
    pub fn show_hint(&mut self, exercise: &Exercise, step: u8, level: u8) {
        self.entry_mut(exercise).hints.insert((step, level));
    }

    /// Forgets an exercise, since it begins again.
    pub fn forget(&mut self, number: Number) {
        self.lines
            .retain(|line| !matches!(line, Line::Entry(e) if e.number == number));
    }

    fn entry_mut(&mut self, exercise: &Exercise) -> &mut Entry {
        let same = |line: &Line| matches!(line, Line::Entry(e) if e.number == exercise.number);
        let index = self.lines.iter().position(same).unwrap_or_else(|| {
            let later = |line: &Line| matches!(line, Line::Entry(e) if e.number > exercise.number);
            let index = self
                .lines
                .iter()
                .position(later)
                .unwrap_or(self.lines.len());
            let entry = Entry {
                number: exercise.number,
                topic: exercise.topic.clone(),
                reached: Reached::NotStarted,
                since: None,
                hints: BTreeSet::new(),
            };
            self.lines.insert(index, Line::Entry(entry));
            index
        });
        match &mut self.lines[index] {
            Line::Entry(entry) => entry,
            Line::Other(_) => unreachable!("an entry stands at this index"),
        }
    }

    fn parse(text: &str) -> Progress {
        let mut progress = Progress::default();
        for line in text.lines() {
            let line = match Entry::parse(line) {
                // Two lines for one exercise, from a merge perhaps: the first counts, none is lost.
                Some(entry) if progress.entry(entry.number).is_none() => Line::Entry(entry),
                _ => Line::Other(line.to_owned()),
            };
            progress.lines.push(line);
        }
        progress
    }

    fn save(&self, root: &Path) -> io::Result<()> {
        let path = Self::path(root);
        // A rename would replace a file that somebody has made read-only.
        match fs::OpenOptions::new().append(true).open(&path) {
            Err(e) if e.kind() != io::ErrorKind::NotFound => return Err(e),
            _ => {}
        }
        // Whole or not at all: `hint` may write while the watcher does.
        let unfinished = root.join(format!("progress.txt.{}.tmp", std::process::id()));
        fs::write(&unfinished, self.to_string())
            .and_then(|()| fs::rename(&unfinished, path))
            .inspect_err(|_| drop(fs::remove_file(&unfinished)))
    }
}

impl fmt::Display for Progress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for line in &self.lines {
            match line {
                Line::Entry(entry) => writeln!(f, "{entry}")?,
                Line::Other(text) => writeln!(f, "{text}")?,
            }
        }
        Ok(())
    }
}

impl Entry {
    fn parse(line: &str) -> Option<Entry> {
        let mut words = line.split_whitespace().peekable();
        let number = words.next()?.parse().ok()?;
        let topic = words.next()?.to_owned();
        let reached = match words.next()? {
            "passing" => Reached::Passing,
            "failing" => Reached::Failing,
            "not" if words.next() == Some("started") => Reached::NotStarted,
            _ => return None,
        };
        let since = words.next_if(|w| is_date(w)).map(str::to_owned);
        let hints = match words.next() {
            None => BTreeSet::new(),
            Some("hints:") => words.map(parse_hint).collect::<Option<_>>()?,
            Some(_) => return None,
        };
        Some(Entry {
            number,
            topic,
            reached,
            since,
            hints,
        })
    }
}

impl fmt::Display for Entry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}  {}", self.number, self.topic, self.reached)?;
        if let Some(since) = &self.since {
            write!(f, "  {since}")?;
        }
        if !self.hints.is_empty() {
            write!(f, "  hints:")?;
            for (step, level) in &self.hints {
                write!(f, " {step}.{level}")?;
            }
        }
        Ok(())
    }
}

fn parse_hint(word: &str) -> Option<(u8, u8)> {
    let (step, level) = word.split_once('.')?;
    Some((step.parse().ok()?, level.parse().ok()?))
}

fn is_date(word: &str) -> bool {
    word.len() == 10 && word.bytes().all(|b| b.is_ascii_digit() || b == b'-')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn exercise(folder: &str) -> Exercise {
        Exercise::from_folder(Path::new("/w"), folder).unwrap()
    }

    const FILE: &str = "\
# mine
02 messages  failing  2026-11-24  hints: 2.1 2.2

03 manager  not started  hints: 1.1
04 something else entirely
05 auth  passing  2026-11-25
";

    #[test]
    fn a_file_is_read_and_written_alike() {
        let progress = Progress::parse(FILE);
        assert_eq!(progress.to_string(), FILE);
        let two = progress.entry("02".parse().unwrap()).unwrap();
        assert_eq!(two.reached, Reached::Failing);
        assert_eq!(two.hints, BTreeSet::from([(2, 1), (2, 2)]));
        assert!(progress.entry("04".parse().unwrap()).is_none());
    }

    #[test]
    fn windows_line_endings_and_single_spaces_are_read() {
        let progress = Progress::parse("01 lifecycle passing 2026-11-24 hints: 1.1\r\n");
        assert_eq!(
            progress.to_string(),
            "01 lifecycle  passing  2026-11-24  hints: 1.1\n"
        );
    }

    #[test]
    fn unknown_lines_are_kept_where_they_stand() {
        let mut progress = Progress::parse(FILE);
        progress.reach(&exercise("01-lifecycle"), Reached::Failing, "2026-12-01");
        progress.reach(&exercise("02-messages"), Reached::Passing, "2026-12-02");
        progress.show_hint(&exercise("05-auth"), 3, 1);
        progress.forget("03".parse().unwrap());
        let expected = "\
# mine
01 lifecycle  failing  2026-12-01
02 messages  passing  2026-12-02  hints: 2.1 2.2

04 something else entirely
05 auth  passing  2026-11-25  hints: 3.1
";
        assert_eq!(progress.to_string(), expected);
    }

    #[test]
    fn an_exercise_that_passed_once_stays_passed() {
        let mut progress = Progress::parse(FILE);
        progress.reach(&exercise("05-auth"), Reached::Failing, "2026-12-01");
        assert_eq!(progress.to_string(), FILE);
    }

    #[test]
    fn the_second_of_two_lines_for_one_exercise_is_not_lost() {
        let twice = "01 a  passing\n01 a  failing\n";
        let progress = Progress::parse(twice);
        assert_eq!(
            progress.entry("01".parse().unwrap()).unwrap().reached,
            Reached::Passing
        );
        assert_eq!(progress.to_string(), twice);
    }
}
