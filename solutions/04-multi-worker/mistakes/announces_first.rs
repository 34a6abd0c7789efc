//! announces_first: announces a newcomer, and gives it a place when that is done.

use std::sync::Arc;

use axum::Router;
use solution_04::{Away, Bus};

pub use solution_04::connect;

use super::{Connection, Rules, Seat, Worker, serve};

pub struct Early;

impl Rules for Early {
    type Notes = ();

    // ANCHOR: wrong
    async fn enter(worker: &Worker<Self>, name: &str) -> Result<(Seat, Connection), Away> {
        // No place for somebody who cannot be announced; so the announcement comes first.
        Self::say(worker, &format!("-> {name} joined")).await?;
        Ok(worker.room.enter())
    }
    // ANCHOR_END: wrong
}

pub fn app(bus: Arc<dyn Bus>) -> Router {
    serve::<Early>(bus)
}
