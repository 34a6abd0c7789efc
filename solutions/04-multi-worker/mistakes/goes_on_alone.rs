//! goes_on_alone: while the bus is away its own members hear each other, and nobody else.

use std::sync::{Arc, atomic::Ordering::Relaxed};

use axum::Router;
use solution_04::{Away, Bus};

pub use solution_04::connect;

use super::{Rules, Worker, serve};

pub struct Alone;

impl Rules for Alone {
    type Notes = ();

    // ANCHOR: wrong
    async fn say(worker: &Worker<Self>, text: &str) -> Result<(), Away> {
        if worker.hears.load(Relaxed) {
            return worker.bus.publish(text).await;
        }
        // Better some than none.
        worker.room.deliver(text).await;
        Ok(())
    }
    // ANCHOR_END: wrong
}

pub fn app(bus: Arc<dyn Bus>) -> Router {
    serve::<Alone>(bus)
}
