//! Plays one conversation on a thread of its own, and gives up on it when it hangs.

use std::{
    sync::mpsc,
    thread,
    time::{Duration, Instant},
};

use serde::{Deserialize, Serialize};
use tokio::runtime::Handle;
use transcript::{Panic, Progress, Recording, SERVER, real_time, virtual_time};

use crate::{
    chapter::Conversation,
    stage::{Stage, Subject},
};

/// How long a conversation may take in real time. Under virtual time one takes milliseconds.
pub const PATIENCE: Duration = Duration::from_secs(10);
/// The same over TCP, where the time in it has to pass.
const REAL_PATIENCE: Duration = Duration::from_secs(180);

/// What became of a conversation.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Played {
    /// What was said, as text.
    pub transcript: String,
    /// Where the server panicked.
    pub panics: Vec<Panic>,
    /// Set when it did not end: in words, what is known of the reason.
    pub hang: Option<Hang>,
    /// Set when the process ended before it did: how.
    pub end: Option<String>,
    /// How long it took, in milliseconds of real time.
    pub millis: u64,
    /// What was printed meanwhile, where that can be known.
    pub printed: String,
}

/// A conversation that did not end.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Hang {
    /// The last line of it, after which nothing was heard.
    pub after: String,
    /// Whether the thread is stuck, or tasks keep each other awake.
    pub stuck: bool,
    /// How long it was waited for.
    pub waited: Duration,
}

/// Plays a conversation on a new stage, for at most `patience` of real time.
pub fn play(subject: &Subject, conversation: &Conversation, patience: Duration) -> Played {
    let begin = Instant::now();
    let mut played = play_once(subject, conversation, patience);
    played.millis = begin.elapsed().as_millis() as u64;
    played
}

fn play_once(subject: &Subject, conversation: &Conversation, patience: Duration) -> Played {
    let (tell, told) = mpsc::channel();
    let (begin, begun) = mpsc::channel();
    let (subject, script) = (subject.clone(), conversation.script);
    let here = subject.is_here();
    let name = conversation.name.to_owned();
    let run = move || {
        let play = async {
            let stage = Stage::new(&subject);
            let _ = begin.send((stage.progress(), Handle::current()));
            script(&stage).await;
            stage.finish().await
        };
        let recording = if here {
            virtual_time(play)
        } else {
            real_time(play)
        };
        let _ = tell.send(recording);
    };
    let thread = thread::Builder::new().name(name).spawn(run);
    let thread = thread.expect("a thread for a conversation");
    let patience = if here { patience } else { REAL_PATIENCE };
    match told.recv_timeout(patience) {
        Ok(recording) => {
            // The runtime is dropped on that thread; a server's destructors may still want to say something.
            let _ = thread.join();
            Played::new(recording, None)
        }
        Err(mpsc::RecvTimeoutError::Timeout) => {
            // A thread cannot be ended from outside: it is left alone until the process ends.
            let (progress, handle) = begun
                .recv()
                .expect("the stage was set before the script began");
            hung(&progress, &handle, patience)
        }
        Err(mpsc::RecvTimeoutError::Disconnected) => {
            let panic = thread.join().err();
            let message = panic
                .as_ref()
                .and_then(|panic| panic.downcast_ref::<String>());
            let message = message.map_or("a script panicked", String::as_str);
            panic!("the conversation itself is broken: {message}")
        }
    }
}

fn hung(progress: &Progress, handle: &Handle, waited: Duration) -> Played {
    let mut recording = progress.so_far();
    // A runtime whose thread is free runs this at once.
    let (tell, told) = mpsc::channel();
    handle.spawn(async move { tell.send(()) });
    let stuck = told.recv_timeout(Duration::from_millis(500)).is_err();
    let lines = &recording.transcript.lines;
    let after = lines.last().map(|_| {
        let text = recording.transcript.to_string();
        text.lines().last().unwrap_or_default().to_owned()
    });
    let hang = Hang {
        after: after.unwrap_or_else(|| "the beginning".into()),
        stuck,
        waited,
    };
    let why = if stuck {
        "its thread is stuck"
    } else {
        "its tasks never come to rest"
    };
    recording
        .transcript
        .push_broken(SERVER, &format!("hangs: {why}"));
    Played::new(recording, Some(hang))
}

impl Played {
    /// A conversation whose process ended first.
    pub(crate) fn ended(how: String, printed: String) -> Self {
        Played {
            transcript: format!("server ! ended the process: {how}\n"),
            panics: vec![],
            hang: None,
            end: Some(how),
            millis: 0,
            printed,
        }
    }

    fn new(recording: Recording, hang: Option<Hang>) -> Self {
        Played {
            transcript: recording.transcript.to_string(),
            panics: recording.panics,
            hang,
            end: None,
            millis: 0,
            printed: String::new(),
        }
    }
}
