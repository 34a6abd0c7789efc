//! two_who_reconnect: a failed publish starts a new subscription, and so does the end of the old one.

use std::{sync::Arc, time::Duration};

use axum::Router;
use solution_04::{Away, Bus};
use tokio::time::sleep;

pub use solution_04::connect;

use super::{Rules, Worker, hear_once, serve};

pub struct Both;

impl Rules for Both {
    type Notes = ();

    async fn listen(worker: Worker<Self>) {
        reconnect(worker).await;
    }

    // ANCHOR: wrong
    async fn say(worker: &Worker<Self>, text: &str) -> Result<(), Away> {
        let said = worker.bus.publish(text).await;
        if said.is_err() {
            // The connection must be gone.
            tokio::spawn(reconnect(worker.clone()));
        }
        said
    }
    // ANCHOR_END: wrong
}

async fn reconnect(worker: Worker<Both>) {
    loop {
        hear_once(&worker).await;
        sleep(Duration::from_millis(200)).await;
    }
}

pub fn app(bus: Arc<dyn Bus>) -> Router {
    serve::<Both>(bus)
}
