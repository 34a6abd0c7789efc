//! `cargo workbook`: serves the book, and answers every save. One loop over a closed set of happenings.

use std::{collections::BTreeSet, future, time::Duration};

use anyhow::{Context, Result};
use checks::verdict;
use tokio::{
    sync::mpsc,
    task::JoinHandle,
    time::{self, Instant, MissedTickBehavior},
};

use crate::{
    args, book, check,
    check::{CompileError, Ended, InShort, Question, Show},
    event::{self, Event, Events},
    exercise::Number,
    input,
    pages::Pages,
    serve::{self, Site},
    watch::{Bell, Change, Files},
    workspace::Workspace,
};

/// An editor's save is several events; this long without one, it is over.
const QUIET: Duration = Duration::from_millis(50);
/// Somebody who writes without pause is answered all the same.
const PATIENCE: Duration = Duration::from_millis(500);
/// How often we look although nobody told us to.
const GLANCE: Duration = Duration::from_secs(2);
/// The same when nobody ever tells us.
const POLL: Duration = Duration::from_millis(500);

/// Serves until somebody ends it.
pub async fn run(ws: Workspace, options: &args::Serve) -> Result<()> {
    for problem in ws.survey()?.problems {
        eprintln!("note: {problem}");
    }
    let place = serve::listen(options.port).await?;
    let port = place.port;
    if options.port.is_none() && port != serve::PORT {
        println!(
            "port {} is in use by another program, so the book is on {port}",
            serve::PORT
        );
    }
    let site = Site::new(book::dir(&ws.root));
    let events = event::channel();
    // Requests that come now wait for the first build, which has the pages from here on.
    let held = site.hold().await;
    let pages = Pages::new(ws.clone(), book::dir(&ws.root), &events);
    let app = serve::router(site.clone(), pages.routes(), port);
    let server = tokio::spawn(axum::serve(place.listener, app).into_future());
    println!("building the book ...");
    // Looking before building: what is saved in the meantime is found afterwards.
    let files = Files::look(&ws);
    let (stir, mut stirred) = mpsc::channel(1);
    let (judge, mut judged) = mpsc::channel(1);
    let (bell, period) = bell(&ws, &files, (stir, judge), options.poll);
    let mut desk = Desk {
        ws,
        site,
        events,
        files,
        bell,
        checks: BTreeSet::new(),
        pages: false,
        built: false,
        doubted: BTreeSet::new(),
        ours: None,
        suspicion: Suspicion::None,
    };
    let mut work = Some(tokio::spawn(desk.build(Some(held))));
    let mut greeting = Some(format!(
        "the book is on http://127.0.0.1:{port}\nedit exercises/NN-topic/src/lib.rs and save it; Ctrl-C ends"
    ));
    let mut ticks = ticks(period);
    let mut stop = std::pin::pin!(stop(options.ignore_stdin));
    // When the save began, and when it will count as over.
    let mut save: Option<(Instant, Instant)> = None;

    loop {
        if work.is_none() {
            work = desk.next();
        }
        let happening = tokio::select! {
            stopped = &mut stop => Happening::Stop(stopped),
            done = finished(&mut work) => Happening::Done(done),
            Some(()) = judged.recv() => Happening::Judged,
            Some(()) = stirred.recv() => Happening::Stir,
            () = sleep_until(save.map(|(_, end)| end)) => Happening::Saved,
            _ = ticks.tick() => Happening::Tick,
        };
        match happening {
            Happening::Stop(stopped) => {
                stopped?;
                break;
            }
            Happening::Done(done) => {
                work = None;
                match done
                    .context("a job of the workbook broke off")
                    .and_then(|done| done)
                {
                    Ok(done) => desk.done(done),
                    Err(error) => eprintln!("note: {error:#}"),
                }
                if let Some(greeting) = greeting.take() {
                    println!("{greeting}");
                }
            }
            // A verdict is written whole, and somebody waits for it: nothing to be gained by waiting for more.
            Happening::Judged => {
                for change in desk.files.verdicts(&desk.ws) {
                    if let Change::Verdict(number) = change {
                        desk.verdict_changed(number);
                    }
                }
            }
            Happening::Stir => {
                let now = Instant::now();
                let began = save.map_or(now, |(began, _)| began);
                save = Some((began, (now + QUIET).min(began + PATIENCE)));
                desk.suspicion = desk.suspicion.told();
            }
            Happening::Saved => {
                save = None;
                desk.look();
            }
            // A save that is not over is looked at when it is.
            Happening::Tick if save.is_some() => {}
            Happening::Tick => {
                desk.tidy();
                let found = desk.look();
                let before = desk.suspicion;
                if desk.bell.is_some() {
                    desk.suspicion = before.looked(found);
                }
                if before == Suspicion::Silent {
                    println!(
                        "this file system does not tell of changes: looking for them twice a second from now on"
                    );
                    ticks = self::ticks(POLL);
                }
            }
        }
    }
    if let Some(work) = work {
        // Dropping a check kills its cargo.
        work.abort();
        let _ = time::timeout(Duration::from_secs(1), work).await;
    }
    // The last that could send an event: pages are told goodbye, and come again when we do.
    drop(desk);
    pages.gone().await;
    server.abort();
    Ok(())
}

/// What can happen.
enum Happening {
    /// Somebody ends us.
    Stop(Result<()>),
    /// A job is done.
    Done(Result<Result<Done>, tokio::task::JoinError>),
    /// The system tells of a verdict.
    Judged,
    /// The system tells of some change.
    Stir,
    /// And none came after it.
    Saved,
    /// It is time to look for ourselves.
    Tick,
}

/// A job that is done.
enum Done {
    Check {
        number: Number,
        ended: Ended,
        error: Option<CompileError>,
        /// Whether something else was saved while it ran.
        outrun: bool,
    },
    Book(Result<book::Built, String>),
}

/// Whether the system keeps silent about changes that we find by ourselves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Suspicion {
    /// It has told us of the last one.
    None,
    /// We have found one; perhaps word of it is still on its way.
    Silent,
    /// It never tells, and that was said.
    Known,
}

/// What lies before us: the jobs to do, and what is needed to do them.
struct Desk {
    ws: Workspace,
    site: Site,
    events: Events,
    files: Files,
    bell: Option<Bell>,
    checks: BTreeSet<Number>,
    pages: bool,
    /// Whether the last build of the book went well.
    built: bool,
    /// Exercises whose verdict may be about other sources than it says.
    doubted: BTreeSet<Number>,
    /// The exercise whose next verdict is of our own making.
    ours: Option<Number>,
    suspicion: Suspicion,
}

impl Desk {
    /// Takes the next job up: a check before the book, since somebody waits for it.
    fn next(&mut self) -> Option<JoinHandle<Result<Done>>> {
        while let Some(number) = self.checks.pop_first() {
            match self.ws.exercise(number) {
                Err(problem) => eprintln!("note: {problem:#}"),
                Ok(exercise) => {
                    if !self.doubted.remove(&number)
                        && let Some(verdict) = check::known(&self.ws, &exercise)
                    {
                        let chapter = checks::CHAPTERS
                            .iter()
                            .find(|chapter| chapter.number == verdict.chapter);
                        let show = checks::Show {
                            all: false,
                            ascii: !checks::speaks_utf8(),
                            of: 0,
                            not_played: chapter.map_or(&[], |chapter| chapter.not_played),
                        };
                        print!("{}", checks::report(&verdict, show));
                        println!("\nexactly these sources were checked before");
                        continue;
                    }
                    self.ours = Some(number);
                    let _ = self.events.send(Event::CheckStarted(number));
                    let ws = self.ws.clone();
                    return Some(tokio::spawn(async move {
                        let sources = || verdict::sources(&exercise.src()).ok();
                        let before = sources();
                        let question = Question::default();
                        let (ended, error) =
                            check::run_and_read(&ws, &exercise, &question, Show::Everything)
                                .await?;
                        // A check says which sources it finds, not which it was compiled from.
                        let outrun = sources() != before;
                        Ok(Done::Check {
                            number,
                            ended,
                            error,
                            outrun,
                        })
                    }));
                }
            }
        }
        std::mem::take(&mut self.pages).then(|| tokio::spawn(self.build(None)))
    }

    /// Builds the book, with the pages in hand already or as soon as no request reads them.
    fn build(
        &self,
        pages: Option<tokio::sync::OwnedRwLockWriteGuard<serve::Pages>>,
    ) -> impl Future<Output = Result<Done>> + use<> {
        let (site, root) = (self.site.clone(), self.ws.root.clone());
        async move {
            let mut pages = match pages {
                Some(pages) => pages,
                None => site.hold().await,
            };
            let built = tokio::task::spawn_blocking(move || book::build(&root)).await;
            let built = built.context("building the book broke off")?;
            let built = built.map_err(|e| format!("{e:#}"));
            *pages = match &built {
                Ok(built) => serve::Pages {
                    not_found: Some(built.not_found.clone()),
                    broken: None,
                },
                Err(why) => serve::Pages {
                    not_found: None,
                    broken: Some(why.clone()),
                },
            };
            Ok(Done::Book(built))
        }
    }

    /// Tells what became of a job.
    fn done(&mut self, done: Done) {
        if let Done::Book(built) = &done {
            self.built = built.is_ok();
        }
        match done {
            Done::Check {
                number,
                ended,
                error,
                outrun,
            } => {
                if outrun {
                    self.doubted.insert(number);
                }
                match ended {
                    Ended::NotBuilt => {
                        eprintln!("exercise {number} was not checked: cargo says why above");
                    }
                    // What was saved meanwhile is checked next.
                    Ended::NoVerdict if !outrun => eprintln!("{}", check::no_verdict(number)),
                    _ => {}
                }
                let _ = self.events.send(Event::CheckEnded(number, ended, error));
                self.look();
                self.ours = None;
            }
            Done::Book(Ok(built)) => {
                println!("the book is built ({:.1} s)", built.took.as_secs_f64());
                for warning in built.warnings.iter().take(SHOWN_WARNINGS) {
                    eprintln!("  {warning}");
                }
                if let Some(more) = built.warnings.len().checked_sub(SHOWN_WARNINGS + 1) {
                    eprintln!("  and {} more; `mdbook build` shows all", more + 1);
                }
                let _ = self.events.send(Event::BookRebuilt);
            }
            Done::Book(Err(why)) => {
                eprintln!("the book could not be built: {why}");
                let _ = self.events.send(Event::BookBroken(why));
            }
        }
    }

    /// Looks at the files, and puts what changes ask for on the desk; whether a file of the learner or of the book did.
    fn look(&mut self) -> bool {
        let changes = self.files.changes(&self.ws);
        let mut edited = false;
        for change in changes {
            match change {
                Change::Source(number) => {
                    edited = true;
                    self.checks.insert(number);
                }
                Change::Page => {
                    edited = true;
                    self.pages = true;
                    if let Some(bell) = &mut self.bell
                        && bell.follow(&self.ws, &self.files).is_err()
                    {
                        self.bell = None;
                    }
                }
                Change::Verdict(number) => self.verdict_changed(number),
            }
        }
        edited
    }

    fn verdict_changed(&mut self, number: Number) {
        let _ = self.events.send(Event::VerdictChanged(number));
        let Ok(exercise) = self.ws.exercise(number) else {
            return;
        };
        if let Err(error) = check::record(&self.ws, &exercise) {
            eprintln!("note: {error:#}");
        }
        if self.ours != Some(number)
            && let Some(verdict) = check::known(&self.ws, &exercise)
        {
            println!(
                "exercise {number}: {}, as another run of its check says",
                InShort(&verdict)
            );
        }
    }

    /// Mends what others have removed: `cargo clean` takes verdicts and book away.
    fn tidy(&mut self) {
        if let Some(bell) = &mut self.bell {
            bell.follow_verdicts();
        }
        if self.built && self.site.is_gone() {
            self.pages = true;
        }
    }
}

impl Suspicion {
    /// After a look that nobody had asked for.
    fn looked(self, found: bool) -> Suspicion {
        match self {
            Suspicion::Known | Suspicion::Silent => Suspicion::Known,
            Suspicion::None if found => Suspicion::Silent,
            Suspicion::None => Suspicion::None,
        }
    }

    /// The system has told us of something.
    fn told(self) -> Suspicion {
        match self {
            Suspicion::Known => Suspicion::Known,
            Suspicion::Silent | Suspicion::None => Suspicion::None,
        }
    }
}

/// How many complaints about the book are shown at once.
const SHOWN_WARNINGS: usize = 5;

fn bell(
    ws: &Workspace,
    files: &Files,
    (stir, judged): (mpsc::Sender<()>, mpsc::Sender<()>),
    poll: bool,
) -> (Option<Bell>, Duration) {
    if poll {
        println!("looking for changed files twice a second");
        return (None, POLL);
    }
    match Bell::hang(ws, files, stir, judged) {
        Ok(bell) => (Some(bell), GLANCE),
        Err(error) => {
            println!("{error:#}: looking for changed files twice a second instead");
            (None, POLL)
        }
    }
}

fn ticks(period: Duration) -> time::Interval {
    let mut ticks = time::interval_at(Instant::now() + period, period);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    ticks
}

async fn finished<T>(work: &mut Option<JoinHandle<T>>) -> Result<T, tokio::task::JoinError> {
    match work {
        Some(work) => work.await,
        None => future::pending().await,
    }
}

async fn sleep_until(end: Option<Instant>) {
    match end {
        Some(end) => time::sleep_until(end).await,
        None => future::pending().await,
    }
}

/// Resolves when somebody wants an end.
async fn stop(ignore_stdin: bool) -> Result<()> {
    let input = async {
        if ignore_stdin {
            future::pending::<()>().await;
        }
        input::end().await;
    };
    tokio::select! {
        pressed = tokio::signal::ctrl_c() => pressed.context("could not wait for Ctrl-C"),
        ended = terminated() => ended,
        () = input => Ok(()),
    }
}

#[cfg(unix)]
async fn terminated() -> Result<()> {
    use tokio::signal::unix::{SignalKind, signal};
    let mut signal = signal(SignalKind::terminate()).context("could not wait for SIGTERM")?;
    signal.recv().await;
    Ok(())
}

#[cfg(not(unix))]
async fn terminated() -> Result<()> {
    future::pending().await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn silence_is_believed_only_after_a_second_look() {
        let once = Suspicion::None.looked(true);
        assert_eq!(once, Suspicion::Silent);
        assert_eq!(once.told(), Suspicion::None);
        assert_eq!(once.looked(false), Suspicion::Known);
        assert_eq!(Suspicion::None.looked(false), Suspicion::None);
        assert_eq!(Suspicion::Known.told(), Suspicion::Known);
    }
}
