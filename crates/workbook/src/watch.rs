//! What has changed on disk: by looking, and by being told when to look.
//!
//! A watcher of the system only says that it is time; what changed is found by comparing two looks at the files.
//! So it does not matter how an editor saves (in place, by renaming, through a backup), which events a system has,
//! or that some file systems (network shares, folders shared with a container) tell nothing at all.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
    time::SystemTime,
};

use anyhow::{Context, Result};
use notify::{RecommendedWatcher, RecursiveMode, Watcher as _};
use tokio::sync::mpsc;

use crate::{
    book,
    exercise::{Exercise, Number},
    workspace::Workspace,
};

/// What a changed file means.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Change {
    /// The learner saved a source of this exercise.
    Source(Number),
    /// Something that the book is built from.
    Page,
    /// There is another verdict on this exercise.
    Verdict(Number),
}

/// Asks the system to say when something happens below the folders that matter.
pub struct Bell {
    watcher: RecommendedWatcher,
    folders: Vec<(PathBuf, RecursiveMode)>,
    verdicts: PathBuf,
}

impl Bell {
    /// Rings `stir` when something happens, and `judged` when it happens to a verdict.
    pub fn hang(
        ws: &Workspace,
        files: &Files,
        stir: mpsc::Sender<()>,
        judged: mpsc::Sender<()>,
    ) -> Result<Bell> {
        let watcher = notify::recommended_watcher(move |event: notify::Result<notify::Event>| {
            // Reading is an event as well on Linux, and we read whenever we look.
            let read = event.as_ref().is_ok_and(|e| e.kind.is_access());
            if !read {
                let verdict = |path: &PathBuf| verdict_number(path).is_some();
                // A full channel has rung already.
                if event.is_ok_and(|e| !e.paths.is_empty() && e.paths.iter().all(verdict)) {
                    let _ = judged.try_send(());
                }
                let _ = stir.try_send(());
            }
        })
        .context("could not ask the system for changes")?;
        let mut bell = Bell {
            watcher,
            folders: Vec::new(),
            verdicts: ws.target.join("workbook"),
        };
        bell.follow(ws, files)?;
        bell.follow_verdicts();
        Ok(bell)
    }

    /// Watches the folders of all that matters now.
    pub fn follow(&mut self, ws: &Workspace, files: &Files) -> Result<()> {
        let folders = files.folders(ws);
        for (folder, mode) in folders.iter().filter(|f| !self.folders.contains(f)) {
            self.watcher
                .watch(folder, *mode)
                .with_context(|| format!("could not watch {}", ws.shown(folder)))?;
        }
        self.folders = folders;
        Ok(())
    }

    /// Watches the folder of verdicts, again if it was removed in the meantime (`cargo clean`).
    pub fn follow_verdicts(&mut self) {
        // Not to be told of a verdict is no reason to stop: it is found at the next look.
        let _ = fs::create_dir_all(&self.verdicts);
        let _ = self
            .watcher
            .watch(&self.verdicts, RecursiveMode::NonRecursive);
    }
}

/// The files that matter, as they were at the last look.
#[derive(Debug)]
pub struct Files {
    quoted: BTreeSet<PathBuf>,
    seen: BTreeMap<PathBuf, Stamp>,
}

/// A saved file has another one of these.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Stamp {
    modified: Option<SystemTime>,
    length: u64,
}

impl Files {
    /// Looks for the first time.
    pub fn look(ws: &Workspace) -> Files {
        let quoted = book::quoted(&ws.root);
        let seen = look(ws, &quoted);
        Files { quoted, seen }
    }

    /// Looks again, and says what the differences mean.
    pub fn changes(&mut self, ws: &Workspace) -> BTreeSet<Change> {
        let now = look(ws, &self.quoted);
        let differs = |(path, stamp): &(&PathBuf, &Stamp)| self.seen.get(*path) != Some(*stamp);
        let written = now.iter().filter(differs).map(|(path, _)| path);
        let gone = self.seen.keys().filter(|path| !now.contains_key(*path));
        let changes: BTreeSet<Change> = written
            .chain(gone)
            .flat_map(|path| meanings(ws, path, &self.quoted))
            .collect();
        self.seen = now;
        if changes.contains(&Change::Page) {
            // A page that was edited may quote other files now; those count from the next look on.
            let quoted = book::quoted(&ws.root);
            if quoted != self.quoted {
                self.quoted = quoted;
                self.seen = look(ws, &self.quoted);
            }
        }
        changes
    }

    /// Looks at the verdicts alone, which takes no time to speak of.
    pub fn verdicts(&mut self, ws: &Workspace) -> BTreeSet<Change> {
        let mut now = BTreeMap::new();
        look_at_verdicts(ws, &mut now);
        let mut changes = BTreeSet::new();
        for (path, stamp) in now {
            if self.seen.get(&path) != Some(&stamp) {
                changes.extend(verdict_number(&path).map(Change::Verdict));
                self.seen.insert(path, stamp);
            }
        }
        changes
    }

    /// The folders that a [`Bell`] watches: few, since some systems allow few.
    fn folders(&self, ws: &Workspace) -> Vec<(PathBuf, RecursiveMode)> {
        let mut all = vec![
            // For book.toml: an editor may replace the file, and a watch on the old one would see nothing.
            (ws.root.clone(), RecursiveMode::NonRecursive),
            (ws.root.join("exercises"), RecursiveMode::Recursive),
        ];
        let mut others = BTreeSet::from([ws.root.join("book")]);
        others.extend(self.quoted.iter().filter_map(|p| top(&ws.root, p)));
        others.remove(&ws.root.join("exercises"));
        all.extend(
            others
                .into_iter()
                .filter(|folder| folder.is_dir())
                .map(|folder| (folder, RecursiveMode::Recursive)),
        );
        all
    }
}

/// The folder directly below the root that a file lies in.
fn top(root: &Path, path: &Path) -> Option<PathBuf> {
    let inside = path.strip_prefix(root).ok()?;
    let mut parts = inside.components();
    let first = parts.next()?;
    parts.next()?;
    Some(root.join(first))
}

fn look(ws: &Workspace, quoted: &BTreeSet<PathBuf>) -> BTreeMap<PathBuf, Stamp> {
    let mut seen = BTreeMap::new();
    walk(&ws.root.join("book"), &mut seen);
    walk(&ws.root.join("exercises"), &mut seen);
    look_at_verdicts(ws, &mut seen);
    note(ws.root.join("book.toml"), &mut seen);
    for path in quoted {
        note(path.clone(), &mut seen);
    }
    seen
}

fn look_at_verdicts(ws: &Workspace, seen: &mut BTreeMap<PathBuf, Stamp>) {
    let verdicts = fs::read_dir(ws.target.join("workbook"));
    for entry in verdicts.into_iter().flatten().flatten() {
        note(entry.path(), seen);
    }
}

fn walk(dir: &Path, seen: &mut BTreeMap<PathBuf, Stamp>) {
    for entry in fs::read_dir(dir).into_iter().flatten().flatten() {
        // Links are not followed: one that leads upwards would have no end.
        match entry.file_type() {
            Ok(kind) if kind.is_dir() => walk(&entry.path(), seen),
            Ok(_) => note(entry.path(), seen),
            Err(_) => {}
        }
    }
}

fn note(path: PathBuf, seen: &mut BTreeMap<PathBuf, Stamp>) {
    // A file that is not there at this moment is in the middle of being saved.
    if let Ok(data) = fs::metadata(&path) {
        let stamp = Stamp {
            modified: data.modified().ok(),
            length: data.len(),
        };
        seen.insert(path, stamp);
    }
}

/// What a file is to us; one may be both a source and a page.
fn meanings(ws: &Workspace, path: &Path, quoted: &BTreeSet<PathBuf>) -> Vec<Change> {
    let mut all = Vec::new();
    if quoted.contains(path) {
        all.push(Change::Page);
    }
    if let Ok(inside) = path.strip_prefix(&ws.target) {
        all.extend(verdict_of(inside).map(Change::Verdict));
        return all;
    }
    let Ok(inside) = path.strip_prefix(&ws.root) else {
        return all;
    };
    let parts: Vec<_> = inside.iter().filter_map(|part| part.to_str()).collect();
    if parts.last().is_some_and(|name| is_of_an_editor(name)) {
        return Vec::new();
    }
    match parts[..] {
        ["book.toml"] | ["book", ..] => all.push(Change::Page),
        ["exercises", _, "README.md"] | ["exercises", _, "transcripts", ..] => {
            all.push(Change::Page)
        }
        ["exercises", folder, "src", .., name] if name.ends_with(".rs") => {
            let exercise = Exercise::from_folder(&ws.root, folder);
            all.extend(exercise.map(|e| Change::Source(e.number)));
        }
        _ => {}
    }
    all
}

fn verdict_of(inside_target: &Path) -> Option<Number> {
    verdict_number(inside_target.strip_prefix("workbook").ok()?)
}

/// The exercise that a verdict's file is named after.
fn verdict_number(path: &Path) -> Option<Number> {
    path.file_name()?
        .to_str()?
        .strip_suffix(".json")?
        .parse()
        .ok()
}

/// Swap files, backups and locks, which editors put beside the file.
fn is_of_an_editor(name: &str) -> bool {
    name.starts_with('.') || name.starts_with('#') || name.ends_with('~') || name.ends_with(".tmp")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn workspace(root: &Path) -> Workspace {
        Workspace {
            root: root.to_owned(),
            target: root.join("target"),
        }
    }

    fn meaning(path: &str) -> Vec<Change> {
        let ws = workspace(Path::new("/w"));
        let quoted = BTreeSet::from([
            PathBuf::from("/w/solutions/01-a/src/lib.rs"),
            PathBuf::from("/w/exercises/01-a/src/lib.rs"),
        ]);
        meanings(&ws, &Path::new("/w").join(path), &quoted)
    }

    #[test]
    fn a_file_means_what_its_place_says() {
        let one = "01".parse().unwrap();
        let cases: [(&str, &[Change]); 15] = [
            ("exercises/01-a/src/main.rs", &[Change::Source(one)]),
            ("exercises/01-a/src/deep/x.rs", &[Change::Source(one)]),
            (
                "exercises/01-a/src/lib.rs",
                &[Change::Page, Change::Source(one)],
            ),
            ("exercises/01-a/src/notes.md", &[]),
            ("exercises/01-a/src/.lib.rs.swp", &[]),
            ("exercises/01-a/src/lib.rs~", &[]),
            ("exercises/01-a/README.md", &[Change::Page]),
            ("exercises/01-a/HINTS.md", &[]),
            ("exercises/01-a/transcripts/x.snap", &[Change::Page]),
            ("book/labs/a.js", &[Change::Page]),
            ("book.toml", &[Change::Page]),
            ("solutions/01-a/src/lib.rs", &[Change::Page]),
            ("solutions/01-a/src/main.rs", &[]),
            ("target/workbook/01.json", &[Change::Verdict(one)]),
            ("target/workbook/01.4711.tmp", &[]),
        ];
        for (path, expected) in cases {
            assert_eq!(meaning(path), expected, "{path}");
        }
    }

    #[test]
    fn written_new_and_removed_files_are_changes() {
        let dir = tempfile::tempdir().unwrap();
        let ws = workspace(dir.path());
        let src = dir.path().join("exercises/01-a/src");
        fs::create_dir_all(&src).unwrap();
        fs::create_dir_all(dir.path().join("book")).unwrap();
        fs::write(src.join("lib.rs"), "1").unwrap();
        let mut files = Files::look(&ws);
        assert!(files.changes(&ws).is_empty());

        let one = BTreeSet::from([Change::Source("01".parse().unwrap())]);
        fs::write(src.join("lib.rs"), "22").unwrap();
        assert_eq!(files.changes(&ws), one);
        fs::write(src.join("new.rs"), "").unwrap();
        assert_eq!(files.changes(&ws), one);
        fs::remove_file(src.join("new.rs")).unwrap();
        assert_eq!(files.changes(&ws), one);
        assert!(files.changes(&ws).is_empty());
    }

    #[test]
    fn a_verdict_is_found_by_itself_and_once() {
        let dir = tempfile::tempdir().unwrap();
        let ws = workspace(dir.path());
        let folder = dir.path().join("target/workbook");
        fs::create_dir_all(&folder).unwrap();
        fs::write(folder.join("01.json"), "1").unwrap();
        let mut files = Files::look(&ws);
        fs::write(folder.join("01.json"), "22").unwrap();
        fs::write(folder.join("01.4711.tmp"), "22").unwrap();
        let one = BTreeSet::from([Change::Verdict("01".parse().unwrap())]);
        assert_eq!(files.verdicts(&ws), one);
        assert!(files.verdicts(&ws).is_empty());
        assert!(files.changes(&ws).is_empty());
    }

    #[test]
    fn what_a_page_begins_to_quote_is_watched_from_then_on() {
        let dir = tempfile::tempdir().unwrap();
        let ws = workspace(dir.path());
        fs::create_dir_all(dir.path().join("book")).unwrap();
        fs::create_dir_all(dir.path().join("solutions")).unwrap();
        let code = dir.path().join("solutions/a.rs");
        fs::write(&code, "1").unwrap();
        let mut files = Files::look(&ws);
        fs::write(&code, "22").unwrap();
        assert!(files.changes(&ws).is_empty());
        fs::write(
            dir.path().join("book/p.md"),
            "{{#include ../solutions/a.rs}}",
        )
        .unwrap();
        assert_eq!(files.changes(&ws), BTreeSet::from([Change::Page]));
        fs::write(&code, "333").unwrap();
        assert_eq!(files.changes(&ws), BTreeSet::from([Change::Page]));
    }
}
