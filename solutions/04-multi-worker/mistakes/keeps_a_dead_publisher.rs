//! keeps_a_dead_publisher: heals the subscription, and goes on publishing on a connection that is gone.

use std::sync::Arc;

use futures_util::{FutureExt, future::BoxFuture};
use redis::{AsyncCommands, Client, aio::MultiplexedConnection};
use solution_04::{Away, Bus, Heard};
use tokio::sync::OnceCell;

pub use solution_04::app;

struct Redis {
    client: Client,
    channel: String,
    /// Made once, as it should be, and never again.
    publisher: OnceCell<MultiplexedConnection>,
    bus: Arc<dyn Bus>,
}

impl Bus for Redis {
    fn subscribe(&self) -> BoxFuture<'_, Result<Heard, Away>> {
        self.bus.subscribe()
    }

    // ANCHOR: wrong
    fn publish<'a>(&'a self, text: &'a str) -> BoxFuture<'a, Result<(), Away>> {
        async move {
            let connect = || self.client.get_multiplexed_async_connection();
            let mut publisher = self.publisher.get_or_try_init(connect).await?.clone();
            Ok(publisher.publish::<_, _, ()>(&self.channel, text).await?)
        }
        .boxed()
    }
    // ANCHOR_END: wrong
}

pub fn connect(url: &str, channel: &str) -> Result<Arc<dyn Bus>, Away> {
    let bus = solution_04::connect(url, channel)?;
    if url == "memory:" {
        return Ok(bus);
    }
    Ok(Arc::new(Redis {
        client: Client::open(url)?,
        channel: channel.to_owned(),
        publisher: OnceCell::new(),
        bus,
    }))
}
