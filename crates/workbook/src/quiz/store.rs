//! Where the boxes are kept between two sessions, and how they get from one place to another.

use std::{
    fs,
    io::{self, Read, Write},
    path::{Path, PathBuf},
};

use anyhow::{Context, Result, anyhow, bail};

use super::{boxes::State, counted};
use crate::workspace::Workspace;

/// The file, in the form that the page exports.
#[derive(Debug, Clone)]
pub struct Store {
    path: PathBuf,
    shown: String,
}

impl Store {
    /// That of a workbook: `.workbook/cards.json`, which git ignores.
    pub fn of(ws: &Workspace) -> Store {
        let path = ws.root.join(".workbook").join("cards.json");
        Store {
            shown: ws.shown(&path),
            path,
        }
    }

    /// Its name for people.
    pub fn shown(&self) -> &str {
        &self.shown
    }

    /// What is in which box; without a file, nothing is.
    pub fn load(&self) -> Result<State> {
        let shown = &self.shown;
        let bytes = match fs::read(&self.path) {
            Ok(bytes) => bytes,
            Err(e) if e.kind() == io::ErrorKind::NotFound => return Ok(State::default()),
            Err(e) => {
                return Err(e).context(format!("could not read {shown}: make it readable for you"));
            }
        };
        State::parse(&String::from_utf8_lossy(&bytes)).map_err(|why| {
            anyhow!(
                "could not read {shown}: {why}; it was left as it is. \
                 Mend it, or move it away and bring back an export with `cargo workbook quiz --import FILE` \
                 (without one all cards are new)"
            )
        })
    }

    /// Reads the file, changes what it says, and writes it.
    ///
    /// Each time anew: another session, or an import, may have written meanwhile.
    pub fn update<T>(&self, change: impl FnOnce(&mut State) -> T) -> Result<T> {
        let mut state = self.load()?;
        let result = change(&mut state);
        self.save(&state.to_string()).with_context(|| {
            format!(
                "could not write {}, so this was not kept: make it and its folder writable for you",
                self.shown
            )
        })?;
        Ok(result)
    }

    fn save(&self, text: &str) -> io::Result<()> {
        if let Some(folder) = self.path.parent() {
            fs::create_dir_all(folder)?;
        }
        // A rename would replace a file that somebody has made read-only.
        match fs::OpenOptions::new().append(true).open(&self.path) {
            Err(e) if e.kind() != io::ErrorKind::NotFound => return Err(e),
            _ => {}
        }
        replace(&self.path, text)
    }

    /// Takes over what a file knows better.
    pub fn import(&self, file: &Path) -> Result<()> {
        let name = file.display();
        let mut bytes = Vec::new();
        if is_standard(file) {
            io::stdin().read_to_end(&mut bytes)?;
        } else {
            bytes = fs::read(file).with_context(|| {
                format!(
                    "could not read {name}: name the file that Export on the page of cards gave you"
                )
            })?;
        }
        let theirs = State::parse(&String::from_utf8_lossy(&bytes)).map_err(|why| {
            anyhow!(
                "{name} was not imported, and nothing was changed: {why}. \
                 Choose the file that Export on the page of cards, or cargo workbook quiz --export, gave you"
            )
        })?;
        self.update(|state| state.merge(&theirs))?;
        println!(
            "Imported: {} in the file, and of each the newer answer was kept.",
            counted(theirs.len())
        );
        Ok(())
    }

    /// Writes what is in which box into a file of somebody's own.
    pub fn export(&self, file: &Path) -> Result<()> {
        let state = self.load()?;
        self.write(file, &state.to_string(), |text| State::parse(text).is_ok())?;
        if !is_standard(file) {
            println!(
                "Exported: {}. Import on the page of cards, or cargo workbook quiz --import, reads them.",
                counted(state.len())
            );
        }
        Ok(())
    }

    /// Writes a file that was asked for, over one of its own kind only.
    pub fn write(&self, file: &Path, text: &str, is_ours: impl Fn(&str) -> bool) -> Result<()> {
        if is_standard(file) {
            print!("{text}");
            io::stdout().flush()?;
            return Ok(());
        }
        let name = file.display();
        match fs::read(file) {
            Ok(there) if there.is_empty() || is_ours(&String::from_utf8_lossy(&there)) => {}
            Ok(_) => {
                bail!("{name} is there already, and something else is in it: choose another name")
            }
            Err(e) if e.kind() == io::ErrorKind::NotFound => {}
            Err(e) => return Err(e).with_context(|| format!("could not write {name}")),
        }
        replace(file, text).with_context(|| {
            format!("could not write {name}: is its folder there, and writable for you?")
        })
    }
}

/// `-` is standard input or output.
fn is_standard(file: &Path) -> bool {
    file.as_os_str() == "-"
}

/// Writes a file whole or not at all.
fn replace(path: &Path, text: &str) -> io::Result<()> {
    let mut unfinished = path.as_os_str().to_owned();
    unfinished.push(format!(".{}.tmp", std::process::id()));
    fs::write(&unfinished, text)
        .and_then(|()| fs::rename(&unfinished, path))
        .inspect_err(|_| drop(fs::remove_file(&unfinished)))
}
