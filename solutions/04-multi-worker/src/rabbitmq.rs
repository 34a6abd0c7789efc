//! A bus made of RabbitMQ: a fanout exchange, and a queue of its own for every worker.

use std::time::Duration;

use futures_util::{FutureExt, StreamExt, future, future::BoxFuture};
use lapin::{
    BasicProperties, Channel, Confirmation, Connection, ConnectionProperties, ExchangeKind,
    options::{
        BasicConsumeOptions, BasicPublishOptions, ConfirmSelectOptions, ExchangeDeclareOptions,
        QueueBindOptions, QueueDeclareOptions,
    },
    types::{AMQPValue, FieldTable},
};
use tokio::{sync::Mutex, time::timeout};

use super::bus::{Away, Bus, Heard};

/// How long a broker may take to answer. Its handshake alone has seven messages.
const PATIENCE: Duration = Duration::from_secs(3);
/// How many texts may wait for a worker that does not read. Without a limit they would fill the broker.
const LONGEST: i32 = 10_000;

/// A fanout exchange on a RabbitMQ. It keeps the order of what one worker says; two workers may be heard either way round by two others.
pub struct RabbitMq {
    url: String,
    exchange: String,
    /// What is published on: a channel of the connection whose subscription is in force.
    publisher: Mutex<Option<Channel>>,
}

impl RabbitMq {
    /// Does not connect yet.
    pub fn new(url: &str, exchange: &str) -> Self {
        RabbitMq {
            url: url.to_owned(),
            exchange: exchange.to_owned(),
            publisher: Mutex::default(),
        }
    }

    // ANCHOR: subscribe
    /// Declares everything anew, every time: what is exclusive died with its connection, and the broker may be a new one.
    async fn listen(&self) -> Result<Heard, Away> {
        let connection = Connection::connect(&self.url, ConnectionProperties::default()).await?;
        let channel = connection.create_channel().await?;
        let exchange = self.exchange.as_str();
        channel
            .exchange_declare(
                exchange.into(),
                ExchangeKind::Fanout,
                ExchangeDeclareOptions::default(),
                FieldTable::default(),
            )
            .await?;
        // A queue for this worker alone. One that all workers share would hand each text to one of them.
        // The server names it, since a name of ours might still belong to the connection that was lost.
        let mut arguments = FieldTable::default();
        arguments.insert("x-max-length".into(), AMQPValue::LongInt(LONGEST));
        let options = QueueDeclareOptions {
            exclusive: true,
            auto_delete: true,
            ..Default::default()
        };
        let queue = channel.queue_declare("".into(), options, arguments).await?;
        channel
            .queue_bind(
                queue.name().clone(),
                exchange.into(),
                "".into(),
                QueueBindOptions::default(),
                FieldTable::default(),
            )
            .await?;
        // Acknowledging would only make sense if somebody could be sent it again.
        let options = BasicConsumeOptions {
            no_ack: true,
            exclusive: true,
            ..Default::default()
        };
        let deliveries = channel
            .basic_consume(
                queue.name().clone(),
                "".into(),
                options,
                FieldTable::default(),
            )
            .await?;
        // A channel of its own for publishing, with confirms: without them a publish is a hope.
        let publisher = connection.create_channel().await?;
        publisher
            .confirm_select(ConfirmSelectOptions::default())
            .await?;
        *self.publisher.lock().await = Some(publisher);
        let texts = deliveries
            .take_while(|delivery| future::ready(delivery.is_ok()))
            .filter_map(move |delivery| {
                // The connection lives as long as the subscription.
                let _ = &connection;
                future::ready(delivery.ok().and_then(|it| String::from_utf8(it.data).ok()))
            });
        Ok(texts.boxed())
    }
    // ANCHOR_END: subscribe

    // ANCHOR: publish
    async fn say(&self, text: &str) -> Result<(), Away> {
        let publisher = self.publisher.lock().await.clone();
        let publisher = publisher.ok_or(Away("there is no connection".into()))?;
        let published = publisher.basic_publish(
            self.exchange.as_str().into(),
            "".into(),
            BasicPublishOptions::default(),
            text.as_bytes(),
            BasicProperties::default(),
        );
        match published.await?.await? {
            Confirmation::Ack(_) => Ok(()),
            other => Err(Away(format!("the broker did not take it: {other:?}"))),
        }
    }
    // ANCHOR_END: publish
}

impl Bus for RabbitMq {
    fn subscribe(&self) -> BoxFuture<'_, Result<Heard, Away>> {
        async { timeout(PATIENCE, self.listen()).await? }.boxed()
    }

    fn publish<'a>(&'a self, text: &'a str) -> BoxFuture<'a, Result<(), Away>> {
        async move { timeout(PATIENCE, self.say(text)).await? }.boxed()
    }
}
