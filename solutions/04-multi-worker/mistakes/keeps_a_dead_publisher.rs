//! keeps_a_dead_publisher: heals the subscription, and goes on publishing on a connection that is gone.

use std::sync::Arc;

use futures_util::{FutureExt, future::BoxFuture};
use redis::{AsyncCommands, aio::MultiplexedConnection};
use solution_04::{Away, Bus, Heard};
use tokio::sync::OnceCell;

pub use solution_04::app;

use super::Redis;

/// Made once, as it should be, and never again.
type Publisher = OnceCell<MultiplexedConnection>;

impl Bus for Redis<Publisher> {
    fn subscribe(&self) -> BoxFuture<'_, Result<Heard, Away>> {
        self.right.subscribe()
    }

    // ANCHOR: wrong
    fn publish<'a>(&'a self, text: &'a str) -> BoxFuture<'a, Result<(), Away>> {
        async move {
            let connect = || self.client.get_multiplexed_async_connection();
            let mut publisher = self.notes.get_or_try_init(connect).await?.clone();
            Ok(publisher.publish::<_, _, ()>(&self.channel, text).await?)
        }
        .boxed()
    }
    // ANCHOR_END: wrong
}

pub fn connect(url: &str, channel: &str) -> Result<Arc<dyn Bus>, Away> {
    super::connect::<Publisher>(url, channel)
}
