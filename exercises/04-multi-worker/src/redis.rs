//! A bus made of Redis: one channel of its publish and subscribe.

use std::time::Duration;

use futures_util::{FutureExt, StreamExt, future::BoxFuture};
use redis::{AsyncCommands, Client, aio::MultiplexedConnection};
use tokio::{sync::Mutex, time::timeout};

use super::bus::{Away, Bus, Heard};

/// How long a broker may take to answer.
const PATIENCE: Duration = Duration::from_secs(1);

/// A channel on a Redis.
pub struct Redis {
    client: Client,
    channel: String,
    /// What all of this worker's messages go out by.
    publisher: Mutex<Option<MultiplexedConnection>>,
}

impl Redis {
    /// Takes the URL apart; it does not connect yet.
    pub fn new(url: &str, channel: &str) -> Result<Self, Away> {
        Ok(Redis {
            client: Client::open(url)?,
            channel: channel.to_owned(),
            publisher: Mutex::default(),
        })
    }

    /// Subscribes to the channel.
    async fn listen(&self) -> Result<Heard, Away> {
        todo!(
            "step 3: a connection for this alone (`get_async_pubsub`), and its texts as a stream (`into_on_message`)"
        )
    }

    /// Publishes a text on the channel.
    async fn say(&self, text: &str) -> Result<(), Away> {
        todo!(
            "step 4: on one connection for all messages (`get_multiplexed_async_connection`), made when there is none"
        )
    }
}

impl Bus for Redis {
    fn subscribe(&self) -> BoxFuture<'_, Result<Heard, Away>> {
        async { timeout(PATIENCE, self.listen()).await? }.boxed()
    }

    fn publish<'a>(&'a self, text: &'a str) -> BoxFuture<'a, Result<(), Away>> {
        async move { timeout(PATIENCE, self.say(text)).await? }.boxed()
    }
}
