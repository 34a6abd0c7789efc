//! What a bus is, and one inside of a process. Given, and finished.

use std::{fmt, sync::Arc};

use futures_util::{
    FutureExt, StreamExt,
    future::BoxFuture,
    stream::{self, BoxStream},
};
use tokio::sync::{Mutex, mpsc};

use super::redis::Redis;

/// What a subscription hears: every text that is published from now on, by anybody, in one order.
///
/// It ends when the bus is gone, and never begins again.
pub type Heard = BoxStream<'static, String>;

/// What workers share: a channel on which each hears what any of them says, itself included.
pub trait Bus: Send + Sync {
    /// Is done when the subscription is in force: whatever is published after that is heard.
    fn subscribe(&self) -> BoxFuture<'_, Result<Heard, Away>>;

    /// Is done when the bus has the text. An error says that nobody can tell whether it has.
    fn publish<'a>(&'a self, text: &'a str) -> BoxFuture<'a, Result<(), Away>>;
}

/// The bus is away, and why. Any error turns into it by `?`.
#[derive(Debug)]
pub struct Away(pub String);

impl fmt::Display for Away {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl<E: std::error::Error> From<E> for Away {
    fn from(error: E) -> Self {
        Away(error.to_string())
    }
}

/// A bus from the URL that names it, such as `memory:` or `redis://host:port`, and the name of a channel there.
pub fn connect(url: &str, channel: &str) -> Result<Arc<dyn Bus>, Away> {
    match url.split(':').next() {
        Some("memory") => Ok(Arc::new(Memory::default())),
        Some("redis") => Ok(Arc::new(Redis::new(url, channel)?)),
        _ => Err(Away(format!(
            "'{url}' names none: memory: and redis://host:port do"
        ))),
    }
}

/// A bus inside of one process. Nobody outside of it is on it: two processes that have one each have none.
#[derive(Default)]
struct Memory(Mutex<Vec<mpsc::Sender<String>>>);

/// How many texts may wait for a subscriber, before whoever publishes has to.
const WAITING: usize = 64;

impl Bus for Memory {
    fn subscribe(&self) -> BoxFuture<'_, Result<Heard, Away>> {
        async {
            let (sender, receiver) = mpsc::channel(WAITING);
            self.0.lock().await.push(sender);
            let next = async |mut receiver: mpsc::Receiver<String>| {
                let text = receiver.recv().await?;
                Some((text, receiver))
            };
            Ok(stream::unfold(receiver, next).boxed())
        }
        .boxed()
    }

    fn publish<'a>(&'a self, text: &'a str) -> BoxFuture<'a, Result<(), Away>> {
        async move {
            // Whoever holds the lock speaks: that is the one order on which all subscribers agree.
            for subscriber in self.0.lock().await.iter() {
                // One that is gone hears nothing, and misses nothing.
                let _ = subscriber.send(text.to_owned()).await;
            }
            Ok(())
        }
        .boxed()
    }
}
