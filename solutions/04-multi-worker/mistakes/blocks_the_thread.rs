//! blocks_the_thread: waits for Redis with a client that blocks, in a task.

use std::sync::Arc;

use futures_util::{FutureExt, StreamExt, future::BoxFuture, stream};
use redis::Commands;
use solution_04::{Away, Bus, Heard};

pub use solution_04::app;

use super::Redis;

#[derive(Default)]
pub struct Blocking;

impl Bus for Redis<Blocking> {
    fn subscribe(&self) -> BoxFuture<'_, Result<Heard, Away>> {
        async {
            let connection = self.client.get_connection()?;
            let channel = self.channel.clone();
            // ANCHOR: wrong
            let next = async |mut connection: redis::Connection, channel: String| {
                let mut pubsub = connection.as_pubsub();
                pubsub.subscribe(&channel).ok()?;
                // No `.await` in sight: the thread stands still until somebody says something.
                let text: String = pubsub.get_message().ok()?.get_payload().ok()?;
                drop(pubsub);
                Some((text, (connection, channel)))
            };
            // ANCHOR_END: wrong
            Ok(
                stream::unfold((connection, channel), move |(connection, channel)| {
                    next(connection, channel)
                })
                .boxed(),
            )
        }
        .boxed()
    }

    fn publish<'a>(&'a self, text: &'a str) -> BoxFuture<'a, Result<(), Away>> {
        async move {
            Ok(self
                .client
                .get_connection()?
                .publish::<_, _, ()>(&self.channel, text)?)
        }
        .boxed()
    }
}

pub fn connect(url: &str, channel: &str) -> Result<Arc<dyn Bus>, Away> {
    super::connect::<Blocking>(url, channel)
}
