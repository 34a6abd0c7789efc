//! delivers_twice: tells its own members at once, and everyone by the bus, and its own members are among everyone.

use std::sync::Arc;

use axum::Router;
use solution_04::{Away, Bus};

pub use solution_04::connect;

use super::{Rules, Worker, serve};

pub struct Twice;

impl Rules for Twice {
    type Notes = ();

    // ANCHOR: wrong
    async fn say(worker: &Worker<Self>, text: &str) -> Result<(), Away> {
        worker.bus.publish(text).await?;
        worker.room.deliver(text).await;
        Ok(())
    }
    // ANCHOR_END: wrong
}

pub fn app(bus: Arc<dyn Bus>) -> Router {
    serve::<Twice>(bus)
}
