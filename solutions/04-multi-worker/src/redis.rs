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

    // ANCHOR: subscribe
    /// Subscribes to the channel, on a connection that does nothing else.
    async fn listen(&self) -> Result<Heard, Away> {
        // A connection with a subscription speaks another language: Redis refuses PUBLISH on it (in RESP2), so publishing needs its own.
        let mut connection = self.client.get_async_pubsub().await?;
        // Is done when Redis has confirmed it. What is published before that is not for us.
        connection.subscribe(&self.channel).await?;
        // The publisher may be a connection to a broker that was. With a new one what is said from here on need not find that out.
        *self.publisher.lock().await = None;
        let texts = connection.into_on_message();
        Ok(texts
            .filter_map(async |message| message.get_payload().ok())
            .boxed())
    }
    // ANCHOR_END: subscribe

    // ANCHOR: publish
    /// Publishes a text on the channel, on the connection for that.
    async fn say(&self, text: &str) -> Result<(), Away> {
        // A clone of a connection is the same connection, and carries many commands at once. So the lock is not held while Redis
        // answers, or the messages of a worker would leave it one in each round trip.
        let mut publisher = self.publisher().await?;
        let published = publisher.publish::<_, _, ()>(&self.channel, text).await;
        if published.is_err() {
            // It does not heal by itself. It is not tried again either: if only the answer was lost, everyone would hear it twice.
            *self.publisher.lock().await = None;
        }
        Ok(published?)
    }

    /// The connection for publishing, made when there is none.
    async fn publisher(&self) -> Result<MultiplexedConnection, Away> {
        let mut slot = self.publisher.lock().await;
        if let Some(publisher) = &*slot {
            return Ok(publisher.clone());
        }
        let publisher = self.client.get_multiplexed_async_connection().await?;
        Ok(slot.insert(publisher).clone())
    }
    // ANCHOR_END: publish
}

impl Bus for Redis {
    fn subscribe(&self) -> BoxFuture<'_, Result<Heard, Away>> {
        async { timeout(PATIENCE, self.listen()).await? }.boxed()
    }

    fn publish<'a>(&'a self, text: &'a str) -> BoxFuture<'a, Result<(), Away>> {
        async move { timeout(PATIENCE, self.say(text)).await? }.boxed()
    }
}
