//! forgets_to_subscribe_again: reconnects to Redis when the connection is lost, and leaves it at that.

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering::Relaxed},
};

use futures_util::{FutureExt, StreamExt, future::BoxFuture};
use redis::Client;
use solution_04::{Away, Bus, Heard};

pub use solution_04::app;

struct Redis {
    client: Client,
    channel: String,
    subscribed: AtomicBool,
    bus: Arc<dyn Bus>,
}

impl Bus for Redis {
    // ANCHOR: wrong
    fn subscribe(&self) -> BoxFuture<'_, Result<Heard, Away>> {
        async {
            if !self.subscribed.load(Relaxed) {
                let heard = self.bus.subscribe().await?;
                self.subscribed.store(true, Relaxed);
                return Ok(heard);
            }
            // We are subscribed already, and only need a new connection.
            let connection = self.client.get_async_pubsub().await?;
            let texts = connection.into_on_message();
            Ok(texts
                .filter_map(async |message| message.get_payload().ok())
                .boxed())
        }
        .boxed()
    }
    // ANCHOR_END: wrong

    fn publish<'a>(&'a self, text: &'a str) -> BoxFuture<'a, Result<(), Away>> {
        async move {
            let mut connection = self.client.get_multiplexed_async_connection().await?;
            let published = redis::cmd("PUBLISH")
                .arg(&self.channel)
                .arg(text)
                .to_owned();
            Ok(published.exec_async(&mut connection).await?)
        }
        .boxed()
    }
}

pub fn connect(url: &str, channel: &str) -> Result<Arc<dyn Bus>, Away> {
    let bus = solution_04::connect(url, channel)?;
    if url == "memory:" {
        return Ok(bus);
    }
    Ok(Arc::new(Redis {
        client: Client::open(url)?,
        channel: channel.to_owned(),
        subscribed: AtomicBool::new(false),
        bus,
    }))
}
