//! keeps_a_broken_publisher: makes a new connection for publishing with every subscription, and at no other time.

use std::sync::Arc;

use futures_util::{FutureExt, future::BoxFuture};
use redis::AsyncCommands;
use solution_04::{Away, Bus, Heard};

pub use solution_04::app;

use super::Redis;

#[derive(Default)]
pub struct Broken;

impl Bus for Redis<Broken> {
    // ANCHOR: wrong
    fn subscribe(&self) -> BoxFuture<'_, Result<Heard, Away>> {
        async {
            let heard = self.right.subscribe().await?;
            let publisher = self.client.get_multiplexed_async_connection().await?;
            *self.publisher.lock().await = Some(publisher);
            Ok(heard)
        }
        .boxed()
    }

    fn publish<'a>(&'a self, text: &'a str) -> BoxFuture<'a, Result<(), Away>> {
        async move {
            let publisher = self.publisher.lock().await.clone();
            let mut publisher = publisher.ok_or_else(|| Away("not subscribed".into()))?;
            Ok(publisher.publish(&self.channel, text).await?)
        }
        .boxed()
    }
    // ANCHOR_END: wrong
}

pub fn connect(url: &str, channel: &str) -> Result<Arc<dyn Bus>, Away> {
    super::connect::<Broken>(url, channel)
}
