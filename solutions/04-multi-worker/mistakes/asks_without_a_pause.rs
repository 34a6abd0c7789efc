//! asks_without_a_pause: subscribes again at once, and at once again.

use std::sync::Arc;

use axum::Router;
use solution_04::Bus;

pub use solution_04::connect;

use super::{Rules, Worker, hear_once, serve};

pub struct Restless;

impl Rules for Restless {
    type Notes = ();

    // ANCHOR: wrong
    async fn listen(worker: Worker<Self>) {
        loop {
            hear_once(&worker).await;
        }
    }
    // ANCHOR_END: wrong
}

pub fn app(bus: Arc<dyn Bus>) -> Router {
    serve::<Restless>(bus)
}
