//! gives_up: hears the bus until the first time that the connection is lost.

use std::{
    sync::{Arc, atomic::Ordering::Relaxed},
    time::Duration,
};

use axum::Router;
use futures_util::StreamExt;
use solution_04::Bus;
use tokio::time::sleep;

pub use solution_04::connect;

use super::{Rules, Worker, serve};

pub struct Once;

impl Rules for Once {
    type Notes = ();

    // ANCHOR: wrong
    async fn listen(worker: Worker<Self>) {
        // The first time may take some attempts.
        let mut heard = loop {
            match worker.bus.subscribe().await {
                Ok(heard) => break heard,
                Err(_) => sleep(Duration::from_millis(200)).await,
            }
        };
        worker.hears.store(true, Relaxed);
        while let Some(text) = heard.next().await {
            worker.room.deliver(&text).await;
        }
        worker.hears.store(false, Relaxed);
    }
    // ANCHOR_END: wrong
}

pub fn app(bus: Arc<dyn Bus>) -> Router {
    serve::<Once>(bus)
}
