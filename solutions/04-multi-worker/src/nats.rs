//! A bus made of NATS: one subject, in its core, which keeps nothing.

use std::time::Duration;

use async_nats::{Client, ConnectOptions, Event, connection::State};
use futures_util::{FutureExt, StreamExt, future::BoxFuture};
use tokio::{
    sync::{Mutex, mpsc},
    time::timeout,
};

use super::bus::{Away, Bus, Heard};

/// How long a broker may take to answer.
const PATIENCE: Duration = Duration::from_secs(1);

/// A subject on a NATS. It keeps the order of what one worker says; two workers may be heard either way round by two others.
pub struct Nats {
    url: String,
    subject: String,
    /// The connection of the subscription that is in force. A client of NATS may publish on it as well.
    client: Mutex<Option<Client>>,
}

impl Nats {
    /// Does not connect yet.
    pub fn new(url: &str, subject: &str) -> Self {
        Nats {
            url: url.to_owned(),
            subject: subject.to_owned(),
            client: Mutex::default(),
        }
    }

    // ANCHOR: subscribe
    /// Subscribes without a queue group: in a group each text would go to one of the workers.
    async fn listen(&self) -> Result<Heard, Away> {
        // This client reconnects and resubscribes by itself, and meanwhile its subscription looks alive, and what is published waits.
        // So that a worker knows that it is deaf, and nobody hears what is long over, the subscription ends with the connection.
        let (lost, mut is_lost) = mpsc::channel::<()>(1);
        let client = ConnectOptions::new()
            .max_reconnects(1)
            .event_callback(move |event| {
                let lost = lost.clone();
                async move {
                    // A slow consumer has missed something: that is a loss as well, and a new subscription at least says so.
                    if matches!(event, Event::Disconnected | Event::SlowConsumer(_)) {
                        let _ = lost.try_send(());
                    }
                }
            })
            .connect(&self.url)
            .await?;
        let texts = client.subscribe(self.subject.clone()).await?;
        // SUB is not confirmed. The server handles what a connection sends in order, so when this comes back the subscription is in force.
        let inbox = client.new_inbox();
        let mut echo = client.subscribe(inbox.clone()).await?;
        client.publish(inbox, "".into()).await?;
        echo.next()
            .await
            .ok_or(Away("the connection was lost".into()))?;
        *self.client.lock().await = Some(client);
        let texts =
            texts.filter_map(async |message| String::from_utf8(message.payload.into()).ok());
        Ok(texts
            .take_until(async move { is_lost.recv().await })
            .boxed())
    }
    // ANCHOR_END: subscribe

    // ANCHOR: publish
    /// Publishes, and waits until it is on its way: the core of NATS confirms nothing.
    async fn say(&self, text: &str) -> Result<(), Away> {
        let client = self.client.lock().await.clone();
        let client = client.filter(|client| client.connection_state() == State::Connected);
        let client = client.ok_or(Away("there is no connection".into()))?;
        let subject = self.subject.clone();
        client.publish(subject, text.to_owned().into()).await?;
        client.flush().await?;
        Ok(())
    }
    // ANCHOR_END: publish
}

impl Bus for Nats {
    fn subscribe(&self) -> BoxFuture<'_, Result<Heard, Away>> {
        async { timeout(PATIENCE, self.listen()).await? }.boxed()
    }

    fn publish<'a>(&'a self, text: &'a str) -> BoxFuture<'a, Result<(), Away>> {
        async move { timeout(PATIENCE, self.say(text)).await? }.boxed()
    }
}
