//! Putting an exercise back as it came.
//!
//! Where the untouched `src/` comes from is the question. Building it into the program would build in what the
//! learner wrote. The last commit is theirs as well, and a downloaded archive has no commits. So the repository keeps
//! a copy where nobody works, `solutions/NN-topic/stub/`, and that is what is taken. Without it the history is
//! asked for the newest version that still has the most steps to do: a learner's commits only ever have fewer.
//!
//! Files that the copy does not have stay where they are: what is given (`main.rs`) need not be in it, and a module
//! that nobody names any more does no harm.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
    process::{Command, Output},
};

use anyhow::{Context, Result, anyhow, bail};

use crate::{
    clock,
    exercise::{Exercise, Number},
    progress::Progress,
    workspace::Workspace,
};

/// Files by their path within `src/`.
type Files = BTreeMap<PathBuf, Vec<u8>>;

/// Puts `src/` of an exercise back, and keeps the learner's own.
pub fn run(ws: &Workspace, number: Number) -> Result<()> {
    let exercise = ws.exercise(number)?;
    let src = exercise.src();
    let pristine = pristine(ws, &exercise)?;
    let current = if src.is_dir() {
        read(&src)?
    } else {
        Files::new()
    };
    let shown = ws.shown(&src);
    let forget = || Progress::update(&ws.root, |p| p.forget(number));
    if pristine
        .iter()
        .all(|(path, text)| current.get(path) == Some(text))
    {
        forget()?;
        println!("{shown} is as it came; nothing was done");
    } else {
        if !current.is_empty() {
            let backup = backup(ws, number, &current)?;
            println!("what you wrote is kept in {}", ws.shown(&backup));
        }
        // Before the sources, so that what cannot be done whole is not begun.
        forget().with_context(|| format!("{shown} was left as it is"))?;
        write(&src, &pristine).with_context(|| format!("could not write {shown}"))?;
        println!("{shown} is as it came");
    }
    Ok(())
}

fn pristine(ws: &Workspace, exercise: &Exercise) -> Result<Files> {
    let stub = exercise.stub();
    if stub.is_dir() {
        return read(&stub);
    }
    from_history(ws, exercise).with_context(|| {
        format!(
            "could not find out how exercise {} came: {} is missing. \
             Nothing was changed. Copy exercises/{}/src from a fresh download of the workbook",
            exercise.number,
            ws.shown(&stub),
            exercise.folder()
        )
    })
}

fn from_history(ws: &Workspace, exercise: &Exercise) -> Result<Files> {
    let folder = format!("exercises/{}/src", exercise.folder());
    let commits = git(ws, &["rev-list", "HEAD", "--", &folder])?;
    let mut best: Option<(usize, Files)> = None;
    for commit in commits.lines() {
        let tree = format!("{commit}:./{folder}");
        let mut files = Files::new();
        let mut steps = 0;
        for name in git(ws, &["ls-tree", "-r", "--name-only", "-z", &tree])?.split_terminator('\0')
        {
            let text = git(ws, &["show", &format!("{tree}/{name}")])?;
            steps += text.matches("todo!(\"step ").count();
            files.insert(PathBuf::from(name), text.into_bytes());
        }
        // The newest comes first, so an equal one is older.
        if steps > best.as_ref().map_or(0, |(most, _)| *most) {
            best = Some((steps, files));
        }
    }
    let (_, files) = best.ok_or_else(|| anyhow!("git knows no version with a step to do"))?;
    Ok(files)
}

fn git(ws: &Workspace, arguments: &[&str]) -> Result<String> {
    let Output {
        status,
        stdout,
        stderr,
    } = Command::new("git")
        .arg("-C")
        .arg(&ws.root)
        .args(arguments)
        .output()
        .context("git is not installed")?;
    if !status.success() {
        let said = String::from_utf8_lossy(&stderr);
        bail!("git says: {}", said.lines().next().unwrap_or_default());
    }
    String::from_utf8(stdout).context("git answered with something that is not text")
}

fn read(dir: &Path) -> Result<Files> {
    fn below(dir: &Path, root: &Path, into: &mut Files) -> std::io::Result<()> {
        for entry in fs::read_dir(dir)? {
            let path = entry?.path();
            if path.is_dir() {
                below(&path, root, into)?;
            } else {
                let name = path.strip_prefix(root).unwrap_or(&path).to_owned();
                into.insert(name, fs::read(&path)?);
            }
        }
        Ok(())
    }
    let mut files = Files::new();
    below(dir, dir, &mut files).with_context(|| format!("could not read {}", dir.display()))?;
    Ok(files)
}

fn write(dir: &Path, files: &Files) -> std::io::Result<()> {
    for (name, content) in files {
        let path = dir.join(name);
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder)?;
        }
        fs::write(path, content)?;
    }
    Ok(())
}

/// Never into a folder that is there: two resets may fall into one second.
fn backup(ws: &Workspace, number: Number, files: &Files) -> Result<PathBuf> {
    let backups = ws.root.join(".workbook").join("backups");
    fs::create_dir_all(&backups)
        .context("could not make .workbook/backups, so nothing was changed")?;
    let stamp = clock::stamp();
    let mut folder = backups.join(format!("{number}-{stamp}"));
    let mut next = 2;
    while folder.exists() {
        folder = backups.join(format!("{number}-{stamp}-{next}"));
        next += 1;
    }
    write(&folder, files).with_context(|| {
        format!(
            "could not write {}, so nothing was changed",
            ws.shown(&folder)
        )
    })?;
    Ok(folder)
}
