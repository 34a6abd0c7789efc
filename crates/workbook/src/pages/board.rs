//! The news as every page can have them: the state of all exercises, kept up to date by what happens.
//!
//! Pages are not told what happened, but how things stand now: whoever comes late, or is slow, misses nothing.

use std::{
    collections::BTreeMap,
    hash::{DefaultHasher, Hasher},
    path::{Component, Path},
    sync::Arc,
};

use axum::extract::ws::Utf8Bytes;
use checks::verdict::{State, Verdict};
use serde_json::{Value, json};
use tokio::sync::{broadcast::error::RecvError, watch};

use crate::{
    check::{self, CompileError, Ended},
    event::{Event, Events},
    exercise::{Exercise, Number},
    list,
    progress::{Progress, Reached},
    workspace::Workspace,
};

/// How things stand, as the messages that say so.
#[derive(Debug, Clone, Default)]
pub struct News {
    /// `exercises`.
    pub exercises: Utf8Bytes,
    /// `run`, by the chapter's number.
    pub runs: BTreeMap<String, Utf8Bytes>,
    /// How often the book was built.
    pub builds: u64,
    /// Why the last build failed.
    pub broken: Option<String>,
}

/// Keeps the news until all that send events are gone.
pub fn keep(ws: Workspace, events: &Events) -> watch::Receiver<Arc<News>> {
    let mut events = events.subscribe();
    let mut board = Board {
        ws,
        doing: BTreeMap::new(),
        errors: BTreeMap::new(),
        news: News::default(),
    };
    board.look_at_all();
    board.list();
    let (sender, receiver) = watch::channel(Arc::new(board.news.clone()));
    tokio::spawn(async move {
        loop {
            match events.recv().await {
                Ok(event) => board.take(event),
                Err(RecvError::Lagged(_)) => board.look_at_all(),
                Err(RecvError::Closed) => return,
            }
            // The run first, since somebody waits for it; the list takes a look at every exercise.
            sender.send_replace(Arc::new(board.news.clone()));
            board.list();
            sender.send_replace(Arc::new(board.news.clone()));
        }
    });
    receiver
}

struct Board {
    ws: Workspace,
    doing: BTreeMap<Number, &'static str>,
    /// What the compiler had against the code at the last check.
    errors: BTreeMap<Number, CompileError>,
    news: News,
}

impl Board {
    fn take(&mut self, event: Event) {
        match event {
            Event::BookRebuilt => {
                self.news.builds += 1;
                self.news.broken = None;
            }
            Event::BookBroken(why) => {
                self.news.builds += 1;
                self.news.broken = Some(why);
            }
            Event::CheckStarted(number) => {
                self.doing.insert(number, "checking");
                self.look_at(number);
            }
            Event::CheckEnded(number, ended, error) => {
                match error {
                    Some(error) => self.errors.insert(number, error),
                    None => self.errors.remove(&number),
                };
                match ended {
                    Ended::Passed | Ended::Failed => self.doing.remove(&number),
                    Ended::NotCompiled => self.doing.insert(number, "not compiled"),
                    Ended::NotBuilt | Ended::NoVerdict => self.doing.insert(number, "not built"),
                };
                self.look_at(number);
            }
            Event::VerdictChanged(number) => self.look_at(number),
        }
    }

    fn look_at_all(&mut self) {
        for exercise in self.ws.survey().unwrap_or_default().exercises {
            self.look_at(exercise.number);
        }
    }

    fn look_at(&mut self, number: Number) {
        let Ok(exercise) = self.ws.exercise(number) else {
            return;
        };
        let chapter = number.to_string();
        let known = check::known(&self.ws, &exercise);
        let current = known.is_some();
        let verdict = known.or_else(|| Verdict::read(&self.ws.target, &chapter));
        if current {
            // The verdict is there: what cargo still does, or did before, is of no interest.
            self.doing.remove(&number);
        }
        let doing = self.doing.get(&number);
        let error = self.errors.get(&number);
        let error = error.filter(|_| doing == Some(&"not compiled"));
        let run = json!({
            "type": "run",
            "chapter": &chapter,
            "doing": doing,
            "error": error,
            "current": current,
            "verdict": verdict,
        });
        self.news.runs.insert(chapter, run.to_string().into());
    }

    fn list(&mut self) {
        let exercises = self.ws.survey().unwrap_or_default().exercises;
        let progress = Progress::load(&self.ws.root).unwrap_or_default();
        let all: Vec<_> = exercises
            .iter()
            .map(|exercise| stands(&self.ws, exercise, &progress))
            .collect();
        let message = json!({ "type": "exercises", "exercises": all });
        self.news.exercises = message.to_string().into();
    }
}

/// How an exercise stands, for the list at the side of every page.
fn stands(ws: &Workspace, exercise: &Exercise, progress: &Progress) -> Value {
    let known = check::known(ws, exercise);
    let current = known.is_some();
    let verdict = known.or_else(|| Verdict::read(&ws.target, &exercise.number.to_string()));
    let reached = progress.entry(exercise.number).map(|entry| entry.reached);
    let state = match (&verdict, reached) {
        (Some(verdict), _) if current => name(verdict.state),
        _ if list::is_untouched(&exercise.src()) => name(State::NotStarted),
        (Some(verdict), _) => name(verdict.state),
        (None, Some(Reached::Passing)) => name(State::Passing),
        (None, _) => "unknown",
    };
    json!({
        "number": exercise.number.to_string(),
        "page": exercise.page(),
        "state": state,
        "passed": verdict.as_ref().map_or(0, |verdict| verdict.passed),
        "total": verdict.as_ref().map_or(0, |verdict| verdict.total),
        "current": current,
    })
}

fn name(state: State) -> &'static str {
    match state {
        State::NotStarted => "not started",
        State::Failing => "failing",
        State::Passing => "passing",
    }
}

/// The message `book` for the page at this path of the book.
pub async fn page(book: &Path, path: &str, broken: Option<&str>) -> Utf8Bytes {
    let inside = Path::new(path);
    let plain = inside.extension().is_some_and(|e| e == "html")
        && inside
            .components()
            .all(|part| matches!(part, Component::Normal(_)))
        && !path.contains(['\\', ':']);
    let fingerprint = match plain {
        true => tokio::fs::read_to_string(book.join(inside)).await.ok(),
        false => None,
    }
    .map(|page| {
        let mut hasher = DefaultHasher::new();
        hasher.write(text_of(&page).as_bytes());
        format!("{:016x}", hasher.finish())
    });
    let message = json!({ "type": "book", "page": fingerprint, "broken": broken });
    message.to_string().into()
}

/// What somebody reads of a page. Around it stand names of files that change whenever any page does.
fn text_of(page: &str) -> &str {
    let from = page.find("<main>").unwrap_or_default();
    let to = page.find("</main>").unwrap_or(page.len());
    page.get(from..to).unwrap_or(page)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_page_is_another_one_when_its_text_is() {
        let dir = tempfile::tempdir().unwrap();
        let print = async |text: &str| {
            std::fs::write(dir.path().join("a.html"), text).unwrap();
            page(dir.path(), "a.html", None).await
        };
        let first = print("<script src=\"index-1.js\"></script><main>one</main>").await;
        assert_eq!(
            first,
            print("<script src=\"index-2.js\"></script><main>one</main>").await
        );
        assert_ne!(
            first,
            print("<script src=\"index-2.js\"></script><main>two</main>").await
        );
    }

    #[tokio::test]
    async fn only_pages_of_the_book_have_a_fingerprint() {
        let dir = tempfile::tempdir().unwrap();
        let book = dir.path().join("book");
        std::fs::create_dir(&book).unwrap();
        std::fs::write(book.join("a.html"), "a").unwrap();
        std::fs::write(dir.path().join("secret.html"), "a").unwrap();
        assert!(page(&book, "a.html", None).await.contains(r#""page":""#));
        let absolute = dir.path().join("secret.html").display().to_string();
        for other in [
            "../secret.html",
            "./../secret.html",
            &absolute,
            "b.html",
            "",
            "a.html/..",
            "..\\secret.html",
        ] {
            let said = page(&book, other, None).await;
            assert!(said.contains(r#""page":null"#), "{other}: {said}");
        }
    }
}
