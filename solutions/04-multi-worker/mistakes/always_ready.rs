//! always_ready: says that it is ready because it runs.

use std::sync::Arc;

use axum::Router;
use solution_04::Bus;

pub use solution_04::connect;

use super::{Rules, Worker, serve};

pub struct Always;

impl Rules for Always {
    type Notes = ();

    // ANCHOR: wrong
    fn ready(_: &Worker<Self>) -> bool {
        true
    }
    // ANCHOR_END: wrong
}

pub fn app(bus: Arc<dyn Bus>) -> Router {
    serve::<Always>(bus)
}
