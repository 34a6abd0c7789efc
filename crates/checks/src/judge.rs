//! From what was said to a verdict: compare, name the mistake, find the hint and the line.

use std::{
    fs,
    path::Path,
    time::{Duration, Instant},
};

use transcript::Panic;

use crate::{
    apart,
    chapter::{Chapter, Conversation, Mistake},
    hints,
    play::{Hang, Played, play},
    stage::Subject,
    suite::workspace,
    verdict::{MistakeFound, Outcome, OutcomeState, Problem, ProblemKind, State, Verdict, sources},
};

/// What is to be judged.
pub struct Case<'a> {
    /// The server.
    pub subject: &'a Subject,
    /// What it is called in the verdict.
    pub package: &'a str,
    /// Its source: a file or a folder.
    pub source: &'a Path,
    /// Only conversations whose name passes.
    pub filter: &'a dyn Fn(&str) -> bool,
    /// How long each may take in real time.
    pub patience: Duration,
    /// Where each is played.
    pub place: Place<'a>,
}

/// Where conversations are played.
#[derive(Debug, Clone, Copy)]
pub enum Place<'a> {
    /// On a thread of this process, one after the other.
    Here,
    /// The same, this many at a time: for conversations that mostly wait.
    Beside(usize),
    /// Each in a process of its own, which is this program once more; files between them go to this folder.
    Apart(&'a Path),
}

/// Plays a chapter's conversations with a server, and judges them.
pub fn judge(chapter: &'static Chapter, case: &Case<'_>) -> Verdict {
    let begin = Instant::now();
    let sources = sources(case.source).unwrap_or_default();
    let chosen: Vec<_> = chapter
        .conversations
        .iter()
        .filter(|c| (case.filter)(c.name))
        .filter(|c| case.subject.is_here() || !chapter.only_here.contains(&c.name))
        .collect();
    let judged = |played: Vec<Played>| -> Vec<Outcome> {
        let pairs = chosen.iter().zip(played);
        pairs
            .map(|(conversation, played)| outcome(chapter, conversation, played))
            .collect()
    };
    let (subject, patience) = (case.subject, case.patience);
    let mut outcomes = match case.place {
        Place::Here => play_here(chapter, case, &chosen),
        Place::Beside(count) => judged(apart::at_once(count, &chosen, |c| {
            play(subject, c, patience)
        })),
        Place::Apart(tmp) => judged(apart::play_all(subject.pace(), &chosen, patience, tmp)),
    };
    let millis = begin.elapsed().as_millis() as u64;
    let written = read_rust(case.source);
    for index in 0..outcomes.len() {
        if outcomes[index].state != OutcomeState::Passed {
            let known = diagnose(chapter, &outcomes, index, &written);
            outcomes[index].mistake = known.first().map(|&mistake| mistake.into());
            let outcome = &mut outcomes[index];
            if outcome.note.is_none() {
                outcome.note = note_on_sleep(outcome, &written).map(str::to_owned);
            }
        }
    }
    let passed = outcomes
        .iter()
        .filter(|o| o.state == OutcomeState::Passed)
        .count();
    let first_failure = outcomes
        .iter()
        .position(|o| o.state != OutcomeState::Passed);
    let state = match first_failure {
        None => State::Passing,
        Some(0) if outcomes[0].state == OutcomeState::Todo => State::NotStarted,
        Some(_) => State::Failing,
    };
    Verdict {
        format: 1,
        chapter: chapter.number.into(),
        topic: chapter.topic.into(),
        package: case.package.into(),
        state,
        passed,
        total: outcomes.len(),
        sources,
        modified: chapter.modified(),
        millis,
        first_failure,
        conversations: outcomes,
    }
}

fn play_here(chapter: &Chapter, case: &Case<'_>, chosen: &[&Conversation]) -> Vec<Outcome> {
    let mut outcomes: Vec<Outcome> = vec![];
    for conversation in chosen {
        let hung = |o: &Outcome| matches!(o.state, OutcomeState::Hung | OutcomeState::Skipped);
        outcomes.push(if outcomes.last().is_some_and(hung) {
            // The thread that hangs cannot be ended, and may keep a core busy: no verdict beside it would be fair.
            skipped(chapter, conversation)
        } else {
            outcome(
                chapter,
                conversation,
                play(case.subject, conversation, case.patience),
            )
        });
    }
    outcomes
}

fn skipped(chapter: &Chapter, conversation: &Conversation) -> Outcome {
    Outcome {
        name: conversation.name.into(),
        title: conversation.title.into(),
        step: conversation.step,
        state: OutcomeState::Skipped,
        expected: expected(chapter, conversation),
        yours: String::new(),
        mistake: None,
        note: None,
        hint: None,
        problem: None,
        millis: 0,
        printed: String::new(),
    }
}

fn expected(chapter: &Chapter, conversation: &Conversation) -> String {
    chapter.expected(conversation).unwrap_or_else(|error| {
        let path = chapter.transcripts().join(conversation.name).with_extension("snap");
        let path = path.strip_prefix(workspace()).unwrap_or(&path).display();
        format!("(there is no accepted transcript: {path}: {error}; `git checkout HEAD -- {path}` brings it back)\n")
    })
}

fn outcome(chapter: &Chapter, conversation: &Conversation, played: Played) -> Outcome {
    let expected = expected(chapter, conversation);
    let problem = problem(&played);
    let state = match &problem {
        _ if played.transcript == expected => OutcomeState::Passed,
        Some(problem) => match problem.kind {
            ProblemKind::Todo => OutcomeState::Todo,
            ProblemKind::Panic => OutcomeState::Panicked,
            ProblemKind::Hang => OutcomeState::Hung,
            ProblemKind::End => OutcomeState::Ended,
        },
        None => OutcomeState::Failed,
    };
    let passed = state == OutcomeState::Passed;
    let note = note(&expected, &played).filter(|_| !passed);
    // A broken file of hints must not cost the verdict; `cargo workbook hint` says what is wrong with it.
    let hints = fs::read_to_string(chapter.exercise().join("HINTS.md")).unwrap_or_default();
    let hints = hints::parse(&hints).unwrap_or_default();
    let hint = hints
        .into_iter()
        .find(|step| step.number == conversation.step);
    Outcome {
        name: conversation.name.into(),
        title: conversation.title.into(),
        step: conversation.step,
        state,
        expected,
        yours: played.transcript,
        mistake: None,
        note,
        hint: hint
            .filter(|_| !passed)
            .map(|step| step.hints[0].trim().to_owned()),
        problem: problem.filter(|_| !passed),
        millis: played.millis,
        printed: played.printed,
    }
}

fn problem(played: &Played) -> Option<Problem> {
    if let Some(hang) = &played.hang {
        return Some(Problem {
            kind: ProblemKind::Hang,
            message: describe(hang),
            location: None,
        });
    }
    if let Some(how) = &played.end {
        return Some(Problem {
            kind: ProblemKind::End,
            message: how.clone(),
            location: None,
        });
    }
    let panic = played.panics.first()?;
    // What `todo!` and `unimplemented!` say, with a text of one's own and without.
    let todo = ["not yet implemented", "not implemented"]
        .iter()
        .find_map(|said| {
            let text = panic.message.strip_prefix(said)?;
            let text = text.strip_prefix(": ").unwrap_or(text);
            Some(if text.is_empty() { "todo" } else { text })
        });
    Some(Problem {
        kind: if todo.is_some() {
            ProblemKind::Todo
        } else {
            ProblemKind::Panic
        },
        message: todo.unwrap_or(&panic.message).into(),
        location: location(panic),
    })
}

/// What the first difference says at first sight.
fn note(expected: &str, played: &Played) -> Option<String> {
    let yours = &played.transcript;
    if yours.contains("! more than ") && yours.contains("not read any further") {
        return Some("Your server never stops sending.".into());
    }
    let squeezed = |text: &str| -> Vec<String> {
        let words = text
            .lines()
            .map(|line| line.split_whitespace().collect::<Vec<_>>().join(" "));
        words.collect()
    };
    let (expected, yours) = (squeezed(expected), squeezed(yours));
    let at = (0..yours.len()).find(|&at| expected.get(at) != yours.get(at))?;
    let (line, before) = (&yours[at], yours[..at].iter().rev());
    let (name, answer) = line.split_once(" ← ")?;
    let asked = before
        .clone()
        .find_map(|line| line.strip_prefix(&format!("{name} → ")))?;
    let asked = asked.split(' ').take(2).collect::<Vec<_>>().join(" ");
    if answer.starts_with("404") {
        return Some(format!(
            "No route of yours answers {asked}: is it routed, under exactly this path?"
        ));
    }
    if answer.starts_with("405") {
        return Some(format!(
            "A route of yours has this path, but not for the method of {asked}."
        ));
    }
    None
}

fn describe(
    Hang {
        after,
        stuck,
        waited,
    }: &Hang,
) -> String {
    let why = if *stuck {
        "The thread is stuck in your code: a std lock that is taken a second time, a call that blocks, or a loop that never waits."
    } else {
        "Your tasks keep each other awake: a loop whose every .await is ready at once, such as one that goes on after `None`."
    };
    format!(
        "Nothing more happened for {} s after: {after}\n{why}",
        waited.as_secs()
    )
}

/// The line of the workspace's own code where it happened.
fn location(panic: &Panic) -> Option<String> {
    let own = |file: &str| {
        ["exercises", "solutions"]
            .iter()
            .any(|folder| file.starts_with(folder))
    };
    let here = (panic.file.replace('\\', "/"), panic.line);
    let frames = panic.frames.iter().cloned();
    let (file, line) = std::iter::once(here)
        .chain(frames)
        .find(|(file, _)| own(file))?;
    Some(format!("{file}:{line}"))
}

const STANDS_STILL: &str = "There is a `thread::sleep` in your code: it stops a thread, with every task that runs on it. `tokio::time::sleep(…).await` lets the others run.";

const SLEEPS: &str = "Somewhere in your code there is a `sleep` of a fixed time. Time passes in the check only where a transcript says so (`+5s`): \
                      what a server says after a sleep comes too late for this conversation, or never.";

/// What a sleep in the source may have to do with it.
fn note_on_sleep(outcome: &Outcome, source: &str) -> Option<&'static str> {
    if source.contains("thread::sleep(") {
        return Some(STANDS_STILL);
    }
    sleeps_in_no_time(outcome, source).then_some(SLEEPS)
}

/// Whether a server that sleeps was played where no time passes.
fn sleeps_in_no_time(outcome: &Outcome, source: &str) -> bool {
    // Whole seconds, and a time that has a name, are limits more often than not.
    let short = |rest: &str| {
        let time = rest.split(')').next().unwrap_or_default();
        let units = [
            "from_millis(",
            "from_micros(",
            "from_nanos(",
            "Duration::ZERO",
        ];
        units.iter().any(|unit| time.contains(unit))
    };
    let sleeps = source.split("sleep(").skip(1).any(short);
    outcome.state == OutcomeState::Failed && sleeps && !outcome.expected.contains("\n+")
}

/// A transcript without what somebody who makes the mistake can choose at will: the code of a Close, and of an error, and what an `expect` says.
fn without_codes(transcript: &str) -> String {
    let panics = |line: &str| {
        let (server, message) = line.split_once(" ! panicked: ")?;
        let (_, error) = message.split_once(": ")?;
        Some(format!("{server} ! panicked: {error}\n"))
    };
    let lines = transcript.split_inclusive('\n');
    let transcript: String = lines
        .map(|line| panics(line.trim_end()).unwrap_or_else(|| line.into()))
        .collect();
    let mut text = String::with_capacity(transcript.len());
    let mut rest = transcript.as_str();
    while let Some((at, mark)) = [" close ", r#""code":""#]
        .iter()
        .filter_map(|mark| Some((rest.find(mark)?, mark)))
        .min()
    {
        let (before, after) = rest.split_at(at + mark.len());
        text.push_str(before);
        rest = after.trim_start_matches(|c: char| c.is_ascii_alphanumeric() || c == '_');
    }
    text + rest
}

/// Whether a mistake's transcript is this one: 2 to the letter, 1 but for the codes, where codes are not all that is wrong.
fn likeness(print: &str, outcome: &Outcome) -> u8 {
    if print == outcome.yours {
        return 2;
    }
    let print = without_codes(print);
    let same = print == without_codes(&outcome.yours) && print != without_codes(&outcome.expected);
    u8::from(same)
}

/// The known mistakes whose transcript this is, the likeliest first.
pub(crate) fn diagnose(
    chapter: &Chapter,
    outcomes: &[Outcome],
    index: usize,
    source: &str,
) -> Vec<&'static Mistake> {
    let outcome = &outcomes[index];
    // A mistake fails the conversation that is meant for it: where that one passed, this is something else.
    let ruled_out = |mistake: &Mistake| {
        let passed = |o: &Outcome| o.state == OutcomeState::Passed;
        outcomes
            .iter()
            .any(|o| o.name == mistake.conversation && passed(o))
    };
    // Several mistakes can look the same in one conversation: the others tell them apart, and then the source.
    let mut alike: Vec<_> = chapter
        .mistakes
        .iter()
        .filter(|mistake| !ruled_out(mistake))
        .filter_map(|mistake| {
            let print = chapter.fingerprint(mistake, &outcome.name)?;
            let alike = likeness(&print, outcome);
            if alike == 0 {
                return None;
            }
            let like = |other: &&Outcome| match chapter.fingerprint(mistake, &other.name) {
                Some(print) => likeness(&print, other) > 0,
                None => other.expected == other.yours,
            };
            let score = outcomes.iter().filter(like).count();
            let told = mistake.tell.iter().any(|tell| source.contains(tell));
            let meant = mistake.conversation == outcome.name;
            Some(((alike, score, told, meant), mistake))
        })
        .collect();
    alike.sort_by_key(|(score, _)| std::cmp::Reverse(*score));
    alike.into_iter().map(|(_, mistake)| mistake).collect()
}

impl From<&Mistake> for MistakeFound {
    fn from(mistake: &Mistake) -> Self {
        // A step that was not begun is no mistake.
        let heading = match mistake.title.strip_prefix("not there yet") {
            Some(what) => format!("Not there yet{what}"),
            None => format!("A known mistake: {}", mistake.title),
        };
        MistakeFound {
            name: mistake.name.into(),
            heading,
            why: mistake.why.into(),
            read: mistake.read.into(),
        }
    }
}

/// All Rust code in a file, or below a folder, without white space.
fn read_rust(path: &Path) -> String {
    let mut text = String::new();
    if path.is_dir() {
        let entries = fs::read_dir(path).into_iter().flatten().flatten();
        entries.for_each(|entry| text.push_str(&read_rust(&entry.path())));
    } else if path.extension().is_some_and(|extension| extension == "rs") {
        let code = fs::read_to_string(path).unwrap_or_default();
        text.extend(code.chars().filter(|c| !c.is_whitespace()));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn outcome(expected: &str, yours: &str) -> Outcome {
        Outcome {
            name: String::new(),
            title: String::new(),
            step: 1,
            state: OutcomeState::Failed,
            expected: expected.into(),
            yours: yours.into(),
            mistake: None,
            note: None,
            hint: None,
            problem: None,
            millis: 0,
            printed: String::new(),
        }
    }

    #[test]
    fn the_same_mistake_with_another_code_is_the_same() {
        let expected = "a ← text {\"code\":\"bad_json\"}\n";
        let print = "a ← close 1007\na → close 1007\n";
        assert_eq!(likeness(print, &outcome(expected, print)), 2);
        let other = "a ← close 1003\na → close 1003\n";
        assert_eq!(likeness(print, &outcome(expected, other)), 1);
        let print = "server ! panicked: called `Result::unwrap()` on an `Err` value: EOF\n";
        let other = "server ! panicked: it is JSON: EOF\n";
        assert_eq!(likeness(print, &outcome(expected, other)), 1);
        let none = "a ← text \"what?\"\n";
        assert_eq!(likeness(print, &outcome(expected, none)), 0);
    }

    #[test]
    fn where_only_the_code_is_wrong_another_one_is_another_mistake() {
        let expected = "a ← text {\"code\":\"unknown_op\"}\n";
        let print = "a ← text {\"code\":\"bad_json\"}\n";
        let yours = "a ← text {\"code\":\"bad_field\"}\n";
        assert_eq!(likeness(print, &outcome(expected, yours)), 0);
        assert_eq!(likeness(print, &outcome(expected, print)), 2);
    }

    #[test]
    fn a_sleep_is_named_where_no_time_passes() {
        let failed = outcome("a ← pong\n", "");
        let delays = "tokio::time::sleep(Duration::from_millis(1)).await";
        assert!(sleeps_in_no_time(&failed, delays));
        assert!(!sleeps_in_no_time(&failed, "sleep(PATIENCE).await"));
        assert!(!sleeps_in_no_time(&outcome("a → ping\n+5s\n", ""), delays));
        assert_eq!(note_on_sleep(&failed, delays), Some(SLEEPS));
        let stops = "std::thread::sleep(PATIENCE);";
        assert_eq!(note_on_sleep(&failed, stops), Some(STANDS_STILL));
        assert_eq!(note_on_sleep(&failed, "sleep(PATIENCE).await"), None);
    }
}
