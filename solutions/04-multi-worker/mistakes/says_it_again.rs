//! says_it_again: takes an error for the news that nobody has heard it.

use std::sync::{Arc, atomic::Ordering::Relaxed};

use axum::Router;
use solution_04::{Away, Bus};

pub use solution_04::connect;

use super::{Rules, Worker, serve};

pub struct Again;

impl Rules for Again {
    type Notes = ();

    // ANCHOR: wrong
    async fn say(worker: &Worker<Self>, text: &str) -> Result<(), Away> {
        loop {
            if !worker.hears.load(Relaxed) {
                return Err(Away("it is not heard".into()));
            }
            // It cannot have been said, or there would be no error.
            if worker.bus.publish(text).await.is_ok() {
                return Ok(());
            }
        }
    }
    // ANCHOR_END: wrong
}

pub fn app(bus: Arc<dyn Bus>) -> Router {
    serve::<Again>(bus)
}
