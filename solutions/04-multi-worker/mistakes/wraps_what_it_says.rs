//! wraps_what_it_says: publishes an envelope of its own, and hears nothing but such envelopes.

use std::sync::Arc;

use axum::Router;
use solution_04::{Away, Bus};

pub use solution_04::connect;

use super::{Rules, Worker, serve};

pub struct Wrapped;

impl Rules for Wrapped {
    type Notes = ();

    // ANCHOR: wrong
    async fn say(worker: &Worker<Self>, text: &str) -> Result<(), Away> {
        // A version, for the day on which there is another one.
        worker.bus.publish(&format!("v1|{text}")).await
    }

    async fn deliver(worker: &Worker<Self>, text: &str) {
        if let Some(text) = text.strip_prefix("v1|") {
            worker.room.deliver(text).await;
        }
    }
    // ANCHOR_END: wrong
}

pub fn app(bus: Arc<dyn Bus>) -> Router {
    serve::<Wrapped>(bus)
}
