//! one_answer_at_a_time: keeps the lock on the connection until Redis has answered.

use std::sync::Arc;

use futures_util::{FutureExt, future::BoxFuture};
use redis::AsyncCommands;
use solution_04::{Away, Bus, Heard};

pub use solution_04::app;

use super::Redis;

#[derive(Default)]
pub struct Locked;

impl Bus for Redis<Locked> {
    fn subscribe(&self) -> BoxFuture<'_, Result<Heard, Away>> {
        async {
            let heard = self.right.subscribe().await?;
            self.renew().await;
            Ok(heard)
        }
        .boxed()
    }

    // ANCHOR: wrong
    fn publish<'a>(&'a self, text: &'a str) -> BoxFuture<'a, Result<(), Away>> {
        async move {
            let mut slot = self.publisher.lock().await;
            let publisher = match &mut *slot {
                Some(publisher) => publisher,
                none => none.insert(self.client.get_multiplexed_async_connection().await?),
            };
            // It borrows from the guard, so the lock is held until the answer is there.
            let published = publisher.publish::<_, _, ()>(&self.channel, text).await;
            if published.is_err() {
                *slot = None;
            }
            Ok(published?)
        }
        .boxed()
    }
    // ANCHOR_END: wrong
}

pub fn connect(url: &str, channel: &str) -> Result<Arc<dyn Bus>, Away> {
    super::connect::<Locked>(url, channel)
}
