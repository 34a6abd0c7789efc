//! Showing a hint: the next one, for the step where the learner is.

use std::{fs, io};

use anyhow::{Context, Result, anyhow, bail};
use checks::{
    hints::{self, LEVELS, Malformed, Step},
    verdict::{State, Verdict},
};

use crate::{
    check,
    exercise::{Exercise, Number},
    progress::Progress,
    workspace::Workspace,
};

/// Prints a hint and remembers that it was shown.
pub fn run(ws: &Workspace, number: Number, level: Option<u8>, step: Option<u8>) -> Result<()> {
    let exercise = ws.exercise(number)?;
    let steps = read(ws, &exercise)?;
    let verdict = Verdict::read(&ws.target, &number.to_string());
    let asked = step;
    let step = pick_step(&steps, &exercise, verdict.as_ref(), asked)?;
    let progress = Progress::load(&ws.root);
    let level = match (level, &progress) {
        (Some(level), _) => level,
        (None, Ok(progress)) => next_level(progress, number, step.number),
        // Nothing is remembered, so the least is said.
        (None, Err(_)) => 1,
    };
    let index = usize::from(level) - 1;
    println!("exercise {number}, step {}: {}", step.number, step.title);
    println!(
        "hint {level} of {} ({})\n",
        LEVELS.len(),
        LEVELS[index].to_lowercase()
    );
    println!("{}\n", step.hints[index]);
    if index + 1 < LEVELS.len() {
        let asked = asked.map_or(String::new(), |step| format!("--step {step} "));
        println!("More: cargo workbook hint {number} {asked}{}", level + 1);
    } else {
        println!(
            "That was the last hint of this step. One good answer: cargo workbook solution {number} --spoil"
        );
    }
    // To remember what was shown is half of the job, since the next hint follows from it.
    // `list` and `check` have done theirs without the progress, and only note that it could not be kept.
    progress
        .and_then(|_| {
            Progress::update(&ws.root, |p| {
                if let Some((reached, today)) = check::standing(ws, &exercise) {
                    p.reach(&exercise, reached, &today);
                }
                p.show_hint(&exercise, step.number, level);
            })
        })
        .context("the hint was shown, and will be shown again: it could not be remembered")
}

fn read(ws: &Workspace, exercise: &Exercise) -> Result<Vec<Step>> {
    let path = exercise.hints();
    let shown = ws.shown(&path);
    let text = match fs::read_to_string(&path) {
        Err(e) if e.kind() == io::ErrorKind::NotFound => bail!(
            "{shown} is missing: `git checkout -- {shown}` brings it back, or a copy from a fresh download of the workbook"
        ),
        other => other.with_context(|| format!("could not read {shown}"))?,
    };
    hints::parse(&text).map_err(|Malformed { line, what }| {
        anyhow!("{shown}:{line}: {what}; `git checkout -- {shown}` brings the original back")
    })
}

fn pick_step<'a>(
    steps: &'a [Step],
    exercise: &Exercise,
    verdict: Option<&Verdict>,
    asked: Option<u8>,
) -> Result<&'a Step> {
    let number = exercise.number;
    let wanted = match (asked, verdict) {
        (Some(step), _) => step,
        (None, Some(verdict)) if verdict.state == State::Passing => bail!(
            "exercise {number} passes, so there is no next hint; cargo workbook hint {number} --step N shows those of a step"
        ),
        (None, Some(verdict)) => verdict
            .first_failure
            .and_then(|index| verdict.conversations.get(index))
            .map_or(1, |conversation| conversation.step),
        (None, None) => 1,
    };
    match steps.iter().find(|step| step.number == wanted) {
        Some(step) => Ok(step),
        None => bail!(
            "exercise {number} has no hints for step {wanted}; its steps are 1 to {}",
            steps.len()
        ),
    }
}

/// The first that was not shown; the last again when all were.
fn next_level(progress: &Progress, number: Number, step: u8) -> u8 {
    let shown = |level: &u8| {
        progress
            .entry(number)
            .is_some_and(|entry| entry.hints.contains(&(step, *level)))
    };
    (1..=3).find(|level| !shown(level)).unwrap_or(3)
}
