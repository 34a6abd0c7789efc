//! The other side of the suite: solutions and variants have to pass, mistakes have to fail and be known.

use std::{
    collections::BTreeSet,
    env, fs, hint,
    panic::{self, AssertUnwindSafe},
    path::{Path, PathBuf},
    sync::atomic::{AtomicBool, Ordering::Relaxed},
    thread,
    time::Duration,
};

use crate::{
    apart,
    chapter::{Chapter, Conversation},
    judge::{Case, Place, diagnose, judge},
    play::{PATIENCE, play},
    report::{Show, report},
    served::Served,
    stage::Subject,
    verdict::{Outcome, OutcomeState, State, Verdict},
};

/// Asserts every transcript of a solution with insta, so that `INSTA_UPDATE=always` renews what is accepted.
pub(crate) fn snapshots(chapter: &Chapter, verdict: &mut Verdict) {
    for outcome in &mut verdict.conversations {
        let same = assert_snapshot(
            &chapter.transcripts(),
            &outcome.name,
            &outcome.title,
            &outcome.yours,
        );
        outcome.state = match same {
            true => OutcomeState::Passed,
            false if outcome.state == OutcomeState::Passed => OutcomeState::Failed,
            false => outcome.state,
        };
    }
    let passed = |state| state == OutcomeState::Passed;
    verdict.passed = verdict
        .conversations
        .iter()
        .filter(|o| passed(o.state))
        .count();
    verdict.first_failure = verdict.conversations.iter().position(|o| !passed(o.state));
    verdict.state = if verdict.first_failure.is_none() {
        State::Passing
    } else {
        State::Failing
    };
}

/// Asserts that every one of these passes all conversations.
///
/// # Panics
///
/// With the verdict, when one does not.
pub fn variants(chapter: &'static Chapter, variants: &[(&str, Subject)]) {
    listed(&chapter.solution().join("variants"), variants);
    for (name, subject) in variants {
        let file = chapter
            .solution()
            .join("variants")
            .join(name)
            .with_extension("rs");
        passes(
            chapter,
            &case(subject, &format!("the variant {name}"), &file),
        );
    }
}

/// Asserts that a solution passes in other surroundings than those of its check: workers that are processes, or over another broker.
/// Conversations that do not fit there are left out by their names.
///
/// # Panics
///
/// With the verdict, when it does not.
pub fn elsewhere(chapter: &'static Chapter, what: &str, subject: &Subject, without: &[&str]) {
    let source = chapter.solution().join("src");
    let fits = |name: &str| !without.contains(&name);
    let mut case = case(subject, what, &source);
    case.filter = &fits;
    // RabbitMQ takes seconds to begin, and does so twice in some.
    case.patience = Duration::from_secs(90);
    passes(chapter, &case);
}

fn passes(chapter: &'static Chapter, case: &Case<'_>) {
    let verdict = judge(chapter, case);
    let text = report(
        &verdict,
        Show {
            all: true,
            ..Show::default()
        },
    );
    assert!(
        verdict.state == State::Passing,
        "{} is right, and was rejected:\n{text}",
        case.package
    );
}

/// Asserts that every one of these is rejected by the conversation meant for it, and called by its name.
///
/// # Panics
///
/// With the reason, when one is not.
pub fn mistakes(chapter: &'static Chapter, mistakes: &[(&str, Subject)]) {
    listed(&chapter.solution().join("mistakes"), mistakes);
    let known: BTreeSet<_> = chapter
        .mistakes
        .iter()
        .map(|mistake| mistake.name)
        .collect();
    let given: BTreeSet<_> = mistakes.iter().map(|(name, _)| *name).collect();
    assert_eq!(
        known, given,
        "the mistakes that the suite knows, and those that are given"
    );
    let mut wrong = String::new();
    // Where conversations wait for something outside, several mistakes can be played at once. They are compared one after the other.
    let waits = |(_, subject): &(&str, Subject)| subject.waits();
    let count = if mistakes.iter().any(waits) { 3 } else { 1 };
    let judged = |(name, subject): &(&str, Subject)| {
        let file = file_of(chapter, name);
        judge(chapter, &case(subject, &format!("mistake {name}"), &file))
    };
    let verdicts = apart::at_once(count, mistakes, judged);
    for (given, verdict) in mistakes.iter().zip(verdicts) {
        let (name, _) = given;
        let mut found = mistake(chapter, name, &verdict);
        // In real time what is wrong depends on time as well: two workers that come back may do so in either order. And what is cut
        // off as a hang may have been slow. A mistake that is not what it was said to be is caught by the third look, too.
        let hung = |o: &Outcome| o.state == OutcomeState::Hung;
        let by_time = waits(given) || verdict.conversations.iter().any(hung);
        for _ in 0..2 {
            if found.is_err() && by_time {
                found = mistake(chapter, name, &judged(given));
            }
        }
        if let Err(why) = found {
            wrong.push_str(&format!("\n{name}: {why}\n"));
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
}

fn file_of(chapter: &Chapter, mistake: &str) -> PathBuf {
    let folder = chapter.solution().join("mistakes");
    folder.join(mistake).with_extension("rs")
}

fn mistake(chapter: &'static Chapter, name: &str, verdict: &Verdict) -> Result<(), String> {
    let mistake = chapter.mistakes.iter().find(|mistake| mistake.name == name);
    let mistake = mistake.expect("it is known");
    let file = file_of(chapter, name);
    let well = |state| matches!(state, OutcomeState::Passed | OutcomeState::Skipped);
    let failed = || {
        verdict
            .conversations
            .iter()
            .enumerate()
            .filter(|(_, o)| !well(o.state))
    };

    // Its fingerprint first: what it makes of each conversation that it fails.
    let folder = chapter.fingerprints(mistake);
    let mut prints = BTreeSet::new();
    let mut changed = vec![];
    for (_, outcome) in failed() {
        prints.insert(PathBuf::from(&outcome.name).with_extension("snap"));
        if !assert_snapshot(&folder, &outcome.name, mistake.title, &outcome.yours) {
            changed.push(format!("{}:\n{}", outcome.name, outcome.yours));
        }
    }
    let stale: Vec<_> = names(&folder)
        .into_iter()
        .filter(|file| !prints.contains(Path::new(file)))
        .collect();
    if !changed.is_empty() {
        return Err(format!(
            "its fingerprint has changed (INSTA_UPDATE=always accepts it)\n{}",
            changed.join("\n")
        ));
    }
    if !stale.is_empty() {
        return Err(format!(
            "it passes what it has a fingerprint for: remove {stale:?} from {}",
            folder.display()
        ));
    }
    if !failed().any(|(_, outcome)| outcome.name == mistake.conversation) {
        let conversation = mistake.conversation;
        let others: Vec<_> = failed().map(|(_, outcome)| &outcome.name).collect();
        return Err(format!(
            "the conversation meant for it, {conversation}, accepts it; these reject it: {others:?}"
        ));
    }
    let (first, _) = failed().next().ok_or("it passes everything")?;
    let source =
        fs::read_to_string(&file).map_err(|error| format!("{}: {error}", file.display()))?;
    if !source.starts_with("//! ") {
        return Err("its file does not open by naming itself".into());
    }
    let source: String = source.chars().filter(|c| !c.is_whitespace()).collect();
    match diagnose(chapter, &verdict.conversations, first, &source).first() {
        Some(found) if found.name == name => Ok(()),
        Some(found) => Err(format!("it is taken for {}", found.name)),
        None => Err("it is not recognised".into()),
    }
}

/// Asserts that the exercise as it came is called not started, and that its first step and its file are named.
///
/// # Panics
///
/// With the verdict, when it says something else.
pub fn pristine(chapter: &'static Chapter, subject: &Subject) {
    let stub = chapter.solution().join("stub");
    let verdict = judge(
        chapter,
        &case(subject, &format!("exercise-{}", chapter.number), &stub),
    );
    let text = report(&verdict, Show::default());
    assert_eq!(verdict.state, State::NotStarted, "{text}");
    assert_eq!(verdict.passed, 0, "{text}");
    let problem = verdict.conversations[0].problem.as_ref();
    let problem = problem.expect("an exercise that is not started says where to begin");
    assert!(problem.message.starts_with("step 1: "), "{text}");
    let location = problem.location.as_deref().unwrap_or_default();
    assert!(location.contains("stub/lib.rs:"), "{text}");
}

/// Asserts that every run of the suite gives the accepted transcripts, while threads keep all cores busy.
///
/// # Panics
///
/// With the verdict of the first run that was another one.
pub fn steadily(chapter: &'static Chapter, subject: &Subject) {
    // A laptop gets a taste of it, CI more. Real time takes its time.
    let runs = match (env::var_os("CI").is_some(), subject.waits()) {
        (true, false) => 80,
        (true, true) => 20,
        (false, false) => 20,
        (false, true) => 3,
    };
    let over = AtomicBool::new(false);
    thread::scope(|scope| {
        let cores = thread::available_parallelism().map_or(2, usize::from);
        for _ in 0..cores {
            scope.spawn(|| {
                while !over.load(Relaxed) {
                    hint::spin_loop();
                }
            });
        }
        let run = |run| {
            let source = chapter.solution().join("src");
            let mut case = case(subject, "solution", &source);
            case.patience = PATIENCE;
            let verdict = judge(chapter, &case);
            let text = report(
                &verdict,
                Show {
                    all: true,
                    ..Show::default()
                },
            );
            (verdict.state == State::Passing)
                .then_some(())
                .ok_or(format!("run {run} of {runs} was another one:\n{text}"))
        };
        let outcome = (1..=runs).try_for_each(run);
        over.store(true, Relaxed);
        if let Err(why) = outcome {
            panic!("{why}");
        }
    });
}

/// Asserts that a server in another process says the same over TCP and in real time: `binary` serves the address that it is given,
/// and prints where it listens.
///
/// # Panics
///
/// With the transcripts that differ.
pub fn over_tcp(chapter: &'static Chapter, binary: &str) {
    over_tcp_hurried(chapter, binary, 1, &[], &[]);
}

/// The same with a server whose times are all that part of what they are, by these variables of its environment: nobody has to wait
/// for the whole of a minute's silence. Conversations in which somebody works and nobody waits are played at leisure, by their names.
///
/// # Panics
///
/// With the transcripts that differ.
pub fn over_tcp_hurried(
    chapter: &'static Chapter,
    binary: &str,
    times: u32,
    settings: &[(&str, &str)],
    at_leisure: &[&str],
) {
    let differ_once = |conversation: &Conversation| {
        let (times, settings) = match at_leisure.contains(&conversation.name) {
            true => (1, &[][..]),
            false => (times, settings),
        };
        let server = Served::start::<&str>(binary.as_ref(), &[], settings);
        let address = server.address.clone().hurried(times);
        let played = play(&Subject::At(address), conversation, PATIENCE);
        let expected = chapter.expected(conversation).unwrap_or_default();
        (played.transcript != expected).then(|| {
            format!(
                "{}\nexpected:\n{expected}over TCP:\n{}",
                conversation.name, played.transcript
            )
        })
    };
    // In real time a machine that is busy for seconds is a server that is silent for seconds. One that says something else says so three times.
    let differ = |conversation: &Conversation| {
        differ_once(conversation)?;
        differ_once(conversation)?;
        differ_once(conversation)
    };
    // Each has a server of its own, so that they can all wait at the same time.
    let differences: Vec<_> = thread::scope(|scope| {
        let running: Vec<_> = chapter
            .conversations
            .iter()
            .filter(|c| !chapter.only_here.contains(&c.name))
            .map(|c| scope.spawn(|| differ(c)))
            .collect();
        running
            .into_iter()
            .filter_map(|thread| thread.join().expect("it does not panic"))
            .collect()
    });
    assert!(differences.is_empty(), "{}", differences.join("\n"));
}

/// Asserts that these are the files of that folder.
fn listed(folder: &Path, given: &[(&str, Subject)]) {
    let files: BTreeSet<_> = names(folder)
        .into_iter()
        .filter_map(|file| Some(file.strip_suffix(".rs")?.to_owned()))
        .filter(|name| name != "mod")
        .collect();
    let given: BTreeSet<_> = given.iter().map(|(name, _)| (*name).to_owned()).collect();
    assert_eq!(
        files,
        given,
        "the files of {}, and those that are given",
        folder.display()
    );
}

fn names(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    entries
        .map(|entry| entry.file_name().to_string_lossy().into_owned())
        .collect()
}

/// Whether a text is the accepted one, or has become it because insta was asked to update.
fn assert_snapshot(folder: &Path, name: &str, description: &str, text: &str) -> bool {
    let mut settings = insta::Settings::clone_current();
    settings.set_snapshot_path(folder);
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    settings.set_description(description);
    // insta reports by a panic; the verdict says the same better.
    let hook = panic::take_hook();
    panic::set_hook(Box::new(|_| {}));
    let same = panic::catch_unwind(AssertUnwindSafe(|| {
        settings.bind(|| insta::assert_snapshot!(name, text));
    }));
    panic::set_hook(hook);
    same.is_ok()
}

fn case<'a>(subject: &'a Subject, package: &'a str, source: &'a Path) -> Case<'a> {
    let waits = subject.waits();
    Case {
        subject,
        package,
        source,
        filter: &|_| true,
        // A mistake may hang, and nobody learns from the rest of the ten seconds; what does not hang needs some of them where others work, too.
        patience: Duration::from_secs(if waits { 20 } else { 4 }),
        place: if waits {
            Place::Beside(subject.pace().at_once)
        } else {
            Place::Here
        },
    }
}
