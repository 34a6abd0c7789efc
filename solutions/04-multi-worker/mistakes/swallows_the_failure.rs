//! swallows_the_failure: publishes without looking at what became of it.

use std::sync::Arc;

use axum::Router;
use solution_04::{Away, Bus};

pub use solution_04::connect;

use super::{Rules, Worker, serve};

pub struct Hopes;

impl Rules for Hopes {
    type Notes = ();

    // ANCHOR: wrong
    async fn say(worker: &Worker<Self>, text: &str) -> Result<(), Away> {
        let _ = worker.bus.publish(text).await;
        Ok(())
    }
    // ANCHOR_END: wrong
}

pub fn app(bus: Arc<dyn Bus>) -> Router {
    serve::<Hopes>(bus)
}
