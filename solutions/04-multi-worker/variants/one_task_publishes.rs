//! one_task_publishes: a task owns the connection for publishing, a `ConnectionManager`, and is sent the texts with a way to answer.

use std::{sync::Arc, time::Duration};

use futures_util::{FutureExt, StreamExt, future::BoxFuture};
use redis::{
    AsyncCommands, Client,
    aio::{ConnectionManager, ConnectionManagerConfig, PubSubStream},
};
use solution_04::{Away, Bus, Heard};
use tokio::{
    sync::{OnceCell, mpsc, oneshot},
    time::timeout,
};

pub use solution_04::app;

type Answer = oneshot::Sender<Result<(), Away>>;

enum Ask {
    /// Is the connection good? If not, make a good one.
    Renew(Answer),
    Publish(String, Answer),
}

struct Redis {
    client: Client,
    channel: String,
    publisher: OnceCell<mpsc::Sender<Ask>>,
}

async fn publish(client: Client, channel: String, mut asked: mpsc::Receiver<Ask>) {
    let config = ConnectionManagerConfig::new().set_number_of_retries(0);
    let Ok(mut manager) = ConnectionManager::new_lazy_with_config(client, config) else {
        return;
    };
    while let Some(ask) = asked.recv().await {
        match ask {
            Ask::Renew(answer) => {
                // The one that fails is the one that makes it connect again.
                let mut renewed: Result<(), _> = manager.ping().await;
                for _ in 0..5 {
                    if renewed.is_ok() {
                        break;
                    }
                    renewed = manager.ping().await;
                }
                let _ = answer.send(renewed.map_err(Away::from));
            }
            Ask::Publish(text, answer) => {
                let (mut manager, channel) = (manager.clone(), channel.clone());
                // The task writes one after the other; nobody has to wait for the answer to the one before.
                tokio::spawn(async move {
                    let published = manager.publish::<_, _, ()>(&channel, text).await;
                    let _ = answer.send(published.map_err(Away::from));
                });
            }
        }
    }
}

impl Redis {
    async fn ask(&self, ask: impl FnOnce(Answer) -> Ask) -> Result<(), Away> {
        let start = async || {
            let (ask, asked) = mpsc::channel(64);
            tokio::spawn(publish(self.client.clone(), self.channel.clone(), asked));
            ask
        };
        let (answer, answered) = oneshot::channel();
        let publisher = self.publisher.get_or_init(start).await;
        let asked = publisher.send(ask(answer)).await;
        asked.map_err(|_| Away("nobody publishes".into()))?;
        timeout(Duration::from_secs(1), answered).await??
    }
}

impl Bus for Redis {
    fn subscribe(&self) -> BoxFuture<'_, Result<Heard, Away>> {
        async {
            let (mut sink, stream) = self.client.get_async_pubsub().await?.split();
            sink.subscribe(&self.channel).await?;
            self.ask(Ask::Renew).await?;
            // The sink has to live as long as the stream, or the connection ends.
            let texts = futures_util::stream::unfold(
                (sink, stream),
                async |(sink, mut stream): (_, PubSubStream)| {
                    loop {
                        let message = stream.next().await?;
                        if let Ok(text) = message.get_payload::<String>() {
                            return Some((text, (sink, stream)));
                        }
                    }
                },
            );
            Ok(texts.boxed())
        }
        .boxed()
    }

    fn publish<'a>(&'a self, text: &'a str) -> BoxFuture<'a, Result<(), Away>> {
        self.ask(|answer| Ask::Publish(text.to_owned(), answer))
            .boxed()
    }
}

pub fn connect(url: &str, channel: &str) -> Result<Arc<dyn Bus>, Away> {
    if url == "memory:" {
        return solution_04::connect(url, channel);
    }
    Ok(Arc::new(Redis {
        client: Client::open(url)?,
        channel: channel.to_owned(),
        publisher: OnceCell::new(),
    }))
}
