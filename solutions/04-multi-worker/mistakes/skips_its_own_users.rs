//! skips_its_own_users: tells its own members at once, and skips what comes back from the bus by the name of who said it.

use std::{
    collections::BTreeSet,
    sync::{Arc, Mutex},
};

use axum::Router;
use solution_04::{Away, Bus};

pub use solution_04::connect;

use super::{Connection, Rules, Seat, Worker, serve};

pub struct ByName;

impl Rules for ByName {
    /// The names of those who are here.
    type Notes = Mutex<BTreeSet<String>>;

    async fn enter(worker: &Worker<Self>, name: &str) -> Result<(Seat, Connection), Away> {
        let place = worker.room.enter();
        worker.bus.publish(&format!("-> {name} joined")).await?;
        let mut names = worker.notes.lock().expect("nobody panics");
        names.insert(name.to_owned());
        Ok(place)
    }

    // ANCHOR: wrong
    async fn say(worker: &Worker<Self>, text: &str) -> Result<(), Away> {
        worker.bus.publish(text).await?;
        if text.contains(": ") {
            worker.room.deliver(text).await;
        }
        Ok(())
    }

    async fn deliver(worker: &Worker<Self>, text: &str) {
        let speaker = text.split_once(": ").map(|(name, _)| name);
        let ours = |name| worker.notes.lock().expect("nobody panics").contains(name);
        if !speaker.is_some_and(ours) {
            worker.room.deliver(text).await;
        }
    }
    // ANCHOR_END: wrong
}

pub fn app(bus: Arc<dyn Bus>) -> Router {
    serve::<ByName>(bus)
}
