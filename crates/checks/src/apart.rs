//! Conversations in processes of their own: code that hangs, exits or overflows its stack costs one of them, and not the verdict.

use std::{
    env, fs,
    io::{self, Read},
    path::{Path, PathBuf},
    process::{Child, Command, ExitStatus, Stdio},
    sync::{
        Mutex,
        atomic::{AtomicBool, AtomicUsize, Ordering::Relaxed},
    },
    thread,
    time::{Duration, Instant},
};

use crate::{
    chapter::Conversation,
    play::{Played, play},
    stage::Subject,
};

/// How long a child that should have given up by itself is waited for.
const GRACE: Duration = Duration::from_secs(3);
/// How long each is waited for after one has hung: the verdict is clear enough.
const IMPATIENCE: Duration = Duration::from_secs(3);
/// The most that is kept of what the code prints.
const PRINTED: usize = 64 * 1024;

/// Plays one conversation in this process, which was started for it, and writes what became of it to a file.
pub(crate) fn play_for_parent(
    subject: &Subject,
    conversation: &Conversation,
    patience: Duration,
    into: &Path,
) {
    let played = play(subject, conversation, patience);
    let text = serde_json::to_string(&played).expect("what was played is plain data");
    if let Err(error) = fs::write(into, text) {
        eprintln!("{}: {error}", into.display());
    }
}

/// How conversations are played in processes of their own.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Pace {
    /// How many at once.
    pub(crate) at_once: usize,
    /// After this the user is told that something takes long.
    pub(crate) moment: Duration,
}

/// Plays each of these in a process of its own.
pub(crate) fn play_all(
    pace: Pace,
    conversations: &[&Conversation],
    patience: Duration,
    tmp: &Path,
) -> Vec<Played> {
    let hung = AtomicBool::new(false);
    at_once(pace.at_once, conversations, |conversation| {
        let patience = if hung.load(Relaxed) {
            patience.min(pace.moment + IMPATIENCE)
        } else {
            patience
        };
        let played = play_apart(conversation, patience, pace.moment, tmp);
        hung.fetch_or(played.hang.is_some(), Relaxed);
        played
    })
}

/// What a function makes of each of these, which works on so many of them at once.
pub(crate) fn at_once<T: Sync, R: Send>(
    count: usize,
    all: &[T],
    work: impl Fn(&T) -> R + Sync,
) -> Vec<R> {
    let next = AtomicUsize::new(0);
    let results: Vec<_> = all.iter().map(|_| Mutex::new(None)).collect();
    thread::scope(|scope| {
        for _ in 0..count.min(all.len()) {
            scope.spawn(|| {
                loop {
                    let index = next.fetch_add(1, Relaxed);
                    let Some(one) = all.get(index) else { return };
                    let result = work(one);
                    *results[index].lock().expect("nobody panics here") = Some(result);
                }
            });
        }
    });
    let results = results
        .into_iter()
        .map(|result| result.into_inner().expect("nobody panics here"));
    results
        .map(|result| result.expect("each was worked on"))
        .collect()
}

fn play_apart(
    conversation: &Conversation,
    patience: Duration,
    moment: Duration,
    tmp: &Path,
) -> Played {
    let into = tmp.join(format!(
        "played-{}-{}.json",
        std::process::id(),
        conversation.name
    ));
    let played = try_to(conversation, patience, moment, &into);
    let _ = fs::remove_file(&into);
    played.unwrap_or_else(|error| {
        Played::ended(format!("could not be started: {error}"), String::new())
    })
}

fn try_to(
    conversation: &Conversation,
    patience: Duration,
    moment: Duration,
    into: &PathBuf,
) -> io::Result<Played> {
    fs::create_dir_all(into.parent().unwrap_or(into))?;
    let mut command = Command::new(env::current_exe()?);
    command
        .args([
            "--play",
            conversation.name,
            "--patience",
            &patience.as_millis().to_string(),
            "--into",
        ])
        .arg(into)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let begin = Instant::now();
    let mut child = command.spawn()?;
    let output = child
        .stdout
        .take()
        .map(|pipe| thread::spawn(move || keep(pipe)));
    let errors = child
        .stderr
        .take()
        .map(|pipe| thread::spawn(move || keep(pipe)));
    let status = wait(&mut child, conversation, patience + GRACE, moment)?;
    let printed = [output, errors]
        .into_iter()
        .flatten()
        .filter_map(|reader| reader.join().ok());
    let printed = printed.collect::<String>();
    let played = fs::read_to_string(into).ok();
    let mut played = match played.and_then(|text| serde_json::from_str::<Played>(&text).ok()) {
        Some(played) => Played { printed, ..played },
        None => Played::ended(describe(status), printed),
    };
    if played.millis == 0 {
        played.millis = begin.elapsed().as_millis() as u64;
    }
    Ok(played)
}

/// Waits for a child, and ends it when it takes too long.
fn wait(
    child: &mut Child,
    conversation: &Conversation,
    patience: Duration,
    moment: Duration,
) -> io::Result<Option<ExitStatus>> {
    let begin = Instant::now();
    let mut told = false;
    let mut pause = Duration::from_millis(1);
    loop {
        if let Some(status) = child.try_wait()? {
            return Ok(Some(status));
        }
        if begin.elapsed() > patience {
            child.kill()?;
            child.wait()?;
            return Ok(None);
        }
        if begin.elapsed() > moment && !told {
            eprintln!("waiting for your code: {} takes long", conversation.title);
            told = true;
        }
        thread::sleep(pause);
        pause = (pause * 2).min(Duration::from_millis(20));
    }
}

/// Reads a pipe to its end, and keeps the beginning.
fn keep(mut pipe: impl Read) -> String {
    let mut kept = vec![];
    let _ = pipe.by_ref().take(PRINTED as u64).read_to_end(&mut kept);
    let _ = io::copy(&mut pipe, &mut io::sink());
    String::from_utf8_lossy(&kept).into_owned()
}

fn describe(status: Option<ExitStatus>) -> String {
    match status {
        None => "had to be killed".into(),
        Some(status) => status.to_string(),
    }
}
