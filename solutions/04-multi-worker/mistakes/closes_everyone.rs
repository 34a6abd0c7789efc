//! closes_everyone: ends all connections when the bus is gone.

use std::{sync::Arc, sync::atomic::Ordering::Relaxed, time::Duration};

use axum::Router;
use solution_04::{Away, Bus};
use tokio::time::sleep;

pub use solution_04::connect;

use super::{Connection, Rules, Seat, Worker, hear_once, serve};

pub struct Closes;

impl Rules for Closes {
    type Notes = ();

    // ANCHOR: wrong
    async fn listen(worker: Worker<Self>) {
        loop {
            hear_once(&worker).await;
            // Nothing can be said any more, so why stay?
            worker.all_out.notify_waiters();
            sleep(Duration::from_millis(200)).await;
        }
    }
    // ANCHOR_END: wrong

    async fn enter(worker: &Worker<Self>, name: &str) -> Result<(Seat, Connection), Away> {
        if !worker.hears.load(Relaxed) {
            return Err(Away("it is not heard".into()));
        }
        let place = worker.room.enter();
        worker.bus.publish(&format!("-> {name} joined")).await?;
        Ok(place)
    }
}

pub fn app(bus: Arc<dyn Bus>) -> Router {
    serve::<Closes>(bus)
}
