//! keeps_a_broken_publisher: makes a new connection for publishing with every subscription, and at no other time.

use std::sync::Arc;

use futures_util::{FutureExt, future::BoxFuture};
use redis::{AsyncCommands, aio::MultiplexedConnection};
use solution_04::{Away, Bus, Heard};
use tokio::sync::Mutex;

pub use solution_04::app;

use super::Redis;

/// What all messages go out by.
#[derive(Default)]
pub struct Publisher(Mutex<Option<MultiplexedConnection>>);

impl Bus for Redis<Publisher> {
    // ANCHOR: wrong
    fn subscribe(&self) -> BoxFuture<'_, Result<Heard, Away>> {
        async {
            let heard = self.right.subscribe().await?;
            let publisher = self.client.get_multiplexed_async_connection().await?;
            *self.notes.0.lock().await = Some(publisher);
            Ok(heard)
        }
        .boxed()
    }

    fn publish<'a>(&'a self, text: &'a str) -> BoxFuture<'a, Result<(), Away>> {
        async move {
            let publisher = self.notes.0.lock().await.clone();
            let mut publisher = publisher.ok_or_else(|| Away("not subscribed".into()))?;
            Ok(publisher.publish(&self.channel, text).await?)
        }
        .boxed()
    }
    // ANCHOR_END: wrong
}

pub fn connect(url: &str, channel: &str) -> Result<Arc<dyn Bus>, Away> {
    super::connect::<Publisher>(url, channel)
}
