//! The book: built in this process, and what it is built from.

use std::{
    collections::BTreeSet,
    fmt::{self, Write},
    fs,
    path::{Component, Path, PathBuf},
    sync::{Arc, Mutex},
    time::{Duration, Instant},
};

use anyhow::{Result, anyhow};
use mdbook_driver::MDBook;
use tracing::{
    Event, Level, Metadata, Subscriber,
    field::{Field, Visit},
    level_filters::LevelFilter,
    span,
};

/// A book that was built.
#[derive(Debug)]
pub struct Built {
    /// The page for an address that has none.
    pub not_found: PathBuf,
    /// What mdBook complained of, and built the book all the same.
    pub warnings: Vec<String>,
    /// How long it took.
    pub took: Duration,
}

/// Where it is built.
pub fn dir(root: &Path) -> PathBuf {
    root.join("target").join("book")
}

/// Builds the book of a workbook, for being served at `/`.
pub fn build(root: &Path) -> Result<Built> {
    let start = Instant::now();
    let collector = Collector::default();
    let warnings = Arc::clone(&collector.0);
    let built = tracing::subscriber::with_default(collector, || {
        let mut book = MDBook::load(root)?;
        // The page for "not found" is served at any depth, so its own links need to know where the book begins.
        book.config.set("output.html.site-url", "/")?;
        book.config.build.build_dir = dir(root);
        book.build()?;
        Ok(book
            .config
            .html_config()
            .unwrap_or_default()
            .get_404_output_file())
    });
    let mut warnings = warnings.lock().map(|w| w.clone()).unwrap_or_default();
    warnings.dedup();
    match built {
        Ok(not_found) => Ok(Built {
            not_found: dir(root).join(not_found),
            warnings,
            took: start.elapsed(),
        }),
        Err(error) => {
            let error: anyhow::Error = error;
            let mut all = format!("{error:#}");
            for warning in warnings {
                let _ = write!(all, "\n  {warning}");
            }
            Err(anyhow!(all))
        }
    }
}

/// All files outside of `book/` that its pages quote, and the files that those quote.
pub fn quoted(root: &Path) -> BTreeSet<PathBuf> {
    let mut found = BTreeSet::new();
    let mut pages = Vec::new();
    pages_below(&root.join("book"), &mut pages);
    while let Some(page) = pages.pop() {
        let Ok(text) = fs::read_to_string(&page) else {
            continue;
        };
        let folder = page.parent().unwrap_or(root);
        for name in includes(&text) {
            let path = lexical(&folder.join(name));
            if found.insert(path.clone()) {
                pages.push(path);
            }
        }
    }
    found
}

fn pages_below(dir: &Path, into: &mut Vec<PathBuf>) {
    let entries = fs::read_dir(dir).into_iter().flatten().flatten();
    for path in entries.map(|entry| entry.path()) {
        if path.is_dir() {
            pages_below(&path, into);
        } else if path.extension().is_some_and(|e| e == "md") {
            into.push(path);
        }
    }
}

/// The files that a page quotes with `{{#include …}}` and its relatives.
fn includes(text: &str) -> impl Iterator<Item = &str> {
    text.split("{{#").skip(1).filter_map(|rest| {
        let (directive, _) = rest.split_once("}}")?;
        let (kind, argument) = directive.split_once(char::is_whitespace)?;
        let quotes = ["include", "rustdoc_include", "playground", "playpen"].contains(&kind);
        // After the path: an anchor or lines (`:`), or options (a space).
        let path = argument.trim().split([':', ' ', '\n']).next()?;
        (quotes && !path.is_empty()).then_some(path)
    })
}

/// Takes `..` and `.` out of a path without asking the disk: the file may be gone for a moment while it is saved.
fn lexical(path: &Path) -> PathBuf {
    let mut out = PathBuf::new();
    for part in path.components() {
        match part {
            Component::ParentDir => drop(out.pop()),
            Component::CurDir => {}
            other => out.push(other),
        }
    }
    out
}

/// Collects warnings and errors: mdBook says so, and only so, that it could not include a file.
#[derive(Debug, Default)]
struct Collector(Arc<Mutex<Vec<String>>>);

impl Subscriber for Collector {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        *metadata.level() <= Level::WARN
    }

    fn max_level_hint(&self) -> Option<LevelFilter> {
        Some(LevelFilter::WARN)
    }

    fn event(&self, event: &Event<'_>) {
        let mut text = Text(String::new());
        event.record(&mut text);
        if let Ok(mut lines) = self.0.lock() {
            lines.push(text.0);
        }
    }

    fn new_span(&self, _: &span::Attributes<'_>) -> span::Id {
        span::Id::from_u64(1)
    }

    fn record(&self, _: &span::Id, _: &span::Record<'_>) {}
    fn record_follows_from(&self, _: &span::Id, _: &span::Id) {}
    fn enter(&self, _: &span::Id) {}
    fn exit(&self, _: &span::Id) {}
}

struct Text(String);

impl Visit for Text {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        if field.name() == "message" {
            let _ = write!(self.0, "{value:?}");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_way_of_quoting_is_seen() {
        let page = "{{#include ../a.rs}} {{#include ../b.rs:anchor}} {{#rustdoc_include c.rs:2:}}\n\
                    {{#playground d.rs editable}} {{#title Not a file}} {{#include }} {{#include e";
        let names: Vec<_> = includes(page).collect();
        assert_eq!(names, ["../a.rs", "../b.rs", "c.rs", "d.rs"]);
    }

    #[test]
    fn what_a_quoted_file_quotes_is_quoted_too() {
        let root = tempfile::tempdir().unwrap();
        fs::create_dir_all(root.path().join("book/deep")).unwrap();
        fs::create_dir_all(root.path().join("shared")).unwrap();
        fs::write(
            root.path().join("book/deep/p.md"),
            "{{#include ../../shared/x.md}}",
        )
        .unwrap();
        fs::write(root.path().join("shared/x.md"), "{{#include y.md}}").unwrap();
        fs::write(root.path().join("shared/y.md"), "{{#include x.md}}").unwrap();
        let quoted = quoted(root.path());
        let expected = ["x.md", "y.md"].map(|n| root.path().join("shared").join(n));
        assert_eq!(quoted, BTreeSet::from(expected));
    }
}
