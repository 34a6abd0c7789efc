//! subscribes_after_announcing: saves a subscription while nobody is in, and announces the first who comes before it has one.

use std::sync::{Arc, atomic::Ordering::Relaxed};

use axum::Router;
use futures_util::StreamExt;
use solution_04::{Away, Bus};

pub use solution_04::connect;

use super::{Connection, Rules, Seat, Worker, serve};

pub struct Lazy;

impl Rules for Lazy {
    type Notes = ();

    async fn listen(worker: Worker<Self>) {
        // Nobody is in, so there is nothing to hear, and the worker is ready for the first.
        let _ = worker;
    }

    fn ready(_: &Worker<Self>) -> bool {
        true
    }

    async fn say(worker: &Worker<Self>, text: &str) -> Result<(), Away> {
        worker.bus.publish(text).await
    }

    // ANCHOR: wrong
    async fn enter(worker: &Worker<Self>, name: &str) -> Result<(Seat, Connection), Away> {
        let place = worker.room.enter();
        worker.bus.publish(&format!("-> {name} joined")).await?;
        if !worker.hears.swap(true, Relaxed) {
            let mut heard = worker.bus.subscribe().await?;
            let worker = worker.clone();
            tokio::spawn(async move {
                while let Some(text) = heard.next().await {
                    worker.room.deliver(&text).await;
                }
                worker.hears.store(false, Relaxed);
            });
        }
        Ok(place)
    }
    // ANCHOR_END: wrong
}

pub fn app(bus: Arc<dyn Bus>) -> Router {
    serve::<Lazy>(bus)
}
