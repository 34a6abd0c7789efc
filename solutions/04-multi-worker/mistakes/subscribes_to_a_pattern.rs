//! subscribes_to_a_pattern: hears every channel whose name begins like its own.

use std::sync::Arc;

use futures_util::{FutureExt, StreamExt, future::BoxFuture};
use redis::Client;
use solution_04::{Away, Bus, Heard};

pub use solution_04::app;

struct Redis {
    client: Client,
    channel: String,
    bus: Arc<dyn Bus>,
}

impl Bus for Redis {
    // ANCHOR: wrong
    fn subscribe(&self) -> BoxFuture<'_, Result<Heard, Away>> {
        async {
            let mut connection = self.client.get_async_pubsub().await?;
            connection.psubscribe(format!("{}*", self.channel)).await?;
            let texts = connection.into_on_message();
            Ok(texts
                .filter_map(async |message| message.get_payload().ok())
                .boxed())
        }
        .boxed()
    }
    // ANCHOR_END: wrong

    fn publish<'a>(&'a self, text: &'a str) -> BoxFuture<'a, Result<(), Away>> {
        async {
            let said = self.bus.publish(text).await;
            match said {
                // The connection that was lost is the one that finds out.
                Err(_) => self.bus.publish(text).await,
                said => said,
            }
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
        bus,
    }))
}
