//! Showing the solution, to those who have one of their own.

use std::fs;

use anyhow::{Context, Result, bail};
use checks::verdict::State;

use crate::{
    check,
    exercise::Number,
    progress::{Progress, Reached},
    workspace::Workspace,
};

/// Prints where the solution lies, and its text.
pub fn run(ws: &Workspace, number: Number, spoil: bool) -> Result<()> {
    let exercise = ws.exercise(number)?;
    let passes = check::known(ws, &exercise).is_some_and(|v| v.state == State::Passing);
    let passed = || {
        let progress = Progress::load(&ws.root).ok();
        progress.is_some_and(|p| {
            p.entry(number)
                .is_some_and(|e| e.reached == Reached::Passing)
        })
    };
    if !spoil && !passes && !passed() {
        bail!(
            "exercise {number} has not passed yet, and the solution would take the best of it from you: \
             try cargo workbook hint {number}, or add --spoil"
        );
    }
    let folder = exercise.solution();
    let code = folder.join("src").join("lib.rs");
    let text =
        fs::read_to_string(&code).with_context(|| format!("could not read {}", ws.shown(&code)))?;
    println!("// {}\n", ws.shown(&code));
    // The marks by which the book quotes parts of it are not for who reads it whole.
    let code = text
        .lines()
        .filter(|line| !line.trim_start().starts_with("// ANCHOR"));
    println!("{}", code.collect::<Vec<_>>().join("\n").trim_end());
    for (name, what) in [
        ("variants", "right, and different"),
        ("mistakes", "wrong, and why"),
    ] {
        let mut files: Vec<_> = fs::read_dir(folder.join(name))
            .into_iter()
            .flatten()
            .flatten()
            .map(|entry| ws.shown(&entry.path()))
            .filter(|path| path.ends_with(".rs") && !path.ends_with("/mod.rs"))
            .collect();
        files.sort();
        if !files.is_empty() {
            println!("\n// {what}:");
            for file in files {
                println!("//   {file}");
            }
        }
    }
    Ok(())
}
