//! a_channel_each: a channel whose name has the worker in it, so that each talks to itself.

use std::sync::{
    Arc,
    atomic::{AtomicU32, Ordering::Relaxed},
};

use solution_04::{Away, Bus};

pub use solution_04::app;

// ANCHOR: wrong
pub fn connect(url: &str, channel: &str) -> Result<Arc<dyn Bus>, Away> {
    static WORKER: AtomicU32 = AtomicU32::new(0);
    let worker = WORKER.fetch_add(1, Relaxed);
    solution_04::connect(url, &format!("{channel}-{worker}"))
}
// ANCHOR_END: wrong
