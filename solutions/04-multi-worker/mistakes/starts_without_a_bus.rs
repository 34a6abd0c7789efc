//! starts_without_a_bus: heals what breaks later, and expects the bus to be there when the worker starts.

use std::{sync::Arc, sync::atomic::Ordering::Relaxed, time::Duration};

use axum::Router;
use futures_util::StreamExt;
use solution_04::Bus;
use tokio::time::sleep;

pub use solution_04::connect;

use super::{Rules, Worker, hear_once, serve};

pub struct Expects;

impl Rules for Expects {
    type Notes = ();

    // ANCHOR: wrong
    async fn listen(worker: Worker<Self>) {
        let Ok(mut heard) = worker.bus.subscribe().await else {
            return eprintln!("there is no bus");
        };
        worker.hears.store(true, Relaxed);
        while let Some(text) = heard.next().await {
            worker.room.deliver(&text).await;
        }
        worker.hears.store(false, Relaxed);
        loop {
            sleep(Duration::from_millis(200)).await;
            hear_once(&worker).await;
        }
    }
    // ANCHOR_END: wrong
}

pub fn app(bus: Arc<dyn Bus>) -> Router {
    serve::<Expects>(bus)
}
