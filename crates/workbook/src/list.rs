//! How far the learner is, one line an exercise.

use std::{fs, path::Path};

use anyhow::Result;
use checks::verdict::Verdict;

use crate::{
    check::{self, InShort},
    exercise::Exercise,
    progress::{Entry, Progress, Reached},
    workspace::Workspace,
};

/// Prints the list; what is wrong with folders comes after it.
pub fn run(ws: &Workspace) -> Result<()> {
    let survey = ws.survey()?;
    // The list can do without the progress, and says what it lacks.
    let progress = Progress::load(&ws.root).unwrap_or_else(|error| {
        eprintln!("note: {error:#}");
        Progress::default()
    });
    let topics = survey.exercises.iter().map(|e| e.topic.len());
    let width = topics.max().unwrap_or_default();
    for exercise in &survey.exercises {
        let state = state(ws, exercise, &progress);
        let (number, topic, page) = (exercise.number, &exercise.topic, exercise.page());
        println!("{number}  {topic:width$}  {state:32}  {page}");
    }
    for problem in &survey.problems {
        eprintln!("note: {problem}");
    }
    let unrecorded = survey
        .exercises
        .iter()
        .find_map(|e| check::record(ws, e).err());
    if let Some(error) = unrecorded {
        eprintln!("note: {error:#}");
    }
    Ok(())
}

/// How an exercise stands, in words.
pub fn state(ws: &Workspace, exercise: &Exercise, progress: &Progress) -> String {
    let known = check::known(ws, exercise);
    let verdict = known
        .clone()
        .or_else(|| Verdict::read(&ws.target, &exercise.number.to_string()));
    words(
        verdict.as_ref(),
        known.is_some(),
        is_untouched(&exercise.src()),
        progress.entry(exercise.number),
    )
}

fn words(
    verdict: Option<&Verdict>,
    is_current: bool,
    untouched: bool,
    entry: Option<&Entry>,
) -> String {
    match (verdict, entry) {
        (Some(verdict), _) if is_current => InShort(verdict).to_string(),
        _ if untouched => "not started".to_owned(),
        (Some(verdict), _) => format!("{}, changed since", InShort(verdict)),
        (None, Some(entry)) if entry.reached > Reached::NotStarted => match &entry.since {
            Some(day) => format!("{} on {day}", entry.reached),
            None => entry.reached.to_string(),
        },
        _ => "unknown, not checked yet".to_owned(),
    }
}

/// Whether the first step still is the `todo!` that it came as.
pub(crate) fn is_untouched(src: &Path) -> bool {
    let files = fs::read_dir(src).into_iter().flatten().flatten();
    files
        .filter_map(|file| fs::read_to_string(file.path()).ok())
        .any(|text| text.contains("todo!(\"step 1"))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use checks::verdict::State;

    use super::*;

    fn verdict(state: State, passed: usize) -> Verdict {
        Verdict {
            format: 1,
            chapter: "01".to_owned(),
            topic: "lifecycle".to_owned(),
            package: "exercise-01".to_owned(),
            state,
            passed,
            total: 9,
            sources: String::new(),
            modified: Vec::new(),
            millis: 0,
            first_failure: None,
            conversations: Vec::new(),
        }
    }

    #[test]
    fn the_freshest_word_counts() {
        let failing = verdict(State::Failing, 4);
        let entry = Entry {
            number: "01".parse().unwrap(),
            topic: "lifecycle".to_owned(),
            reached: Reached::Passing,
            since: Some("2026-11-24".to_owned()),
            hints: BTreeSet::new(),
        };
        assert_eq!(
            words(Some(&failing), true, true, Some(&entry)),
            "failing 4 of 9"
        );
        assert_eq!(
            words(Some(&failing), false, true, Some(&entry)),
            "not started"
        );
        assert_eq!(
            words(Some(&failing), false, false, Some(&entry)),
            "failing 4 of 9, changed since"
        );
        assert_eq!(
            words(None, false, false, Some(&entry)),
            "passing on 2026-11-24"
        );
        assert_eq!(words(None, false, false, None), "unknown, not checked yet");
    }
}
