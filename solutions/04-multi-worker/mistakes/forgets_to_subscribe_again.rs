//! forgets_to_subscribe_again: reconnects to Redis when the connection is lost, and leaves it at that.

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering::Relaxed},
};

use futures_util::{FutureExt, StreamExt, future::BoxFuture};
use solution_04::{Away, Bus, Heard};

pub use solution_04::app;

use super::Redis;

/// Whether it has subscribed.
type Subscribed = AtomicBool;

impl Bus for Redis<Subscribed> {
    // ANCHOR: wrong
    fn subscribe(&self) -> BoxFuture<'_, Result<Heard, Away>> {
        async {
            if !self.notes.load(Relaxed) {
                let heard = self.right.subscribe().await?;
                self.notes.store(true, Relaxed);
                return Ok(heard);
            }
            // We are subscribed already, and only need a new connection.
            let connection = self.client.get_async_pubsub().await?;
            self.renew().await;
            let texts = connection.into_on_message();
            Ok(texts
                .filter_map(async |message| message.get_payload().ok())
                .boxed())
        }
        .boxed()
    }
    // ANCHOR_END: wrong

    fn publish<'a>(&'a self, text: &'a str) -> BoxFuture<'a, Result<(), Away>> {
        self.say(text).boxed()
    }
}

pub fn connect(url: &str, channel: &str) -> Result<Arc<dyn Bus>, Away> {
    super::connect::<Subscribed>(url, channel)
}
