//! echoes_to_the_speaker: shows a speaker what it said at once, and the bus says it as well.

use std::sync::Arc;

use axum::Router;
use solution_04::Bus;

pub use solution_04::connect;

use super::{Rules, Seat, serve};

pub struct Echo;

impl Rules for Echo {
    type Notes = ();

    // ANCHOR: wrong
    async fn confirm(seat: &Seat, said: String) {
        // So that it does not have to wait for the bus.
        seat.tell(said).await;
    }
    // ANCHOR_END: wrong
}

pub fn app(bus: Arc<dyn Bus>) -> Router {
    serve::<Echo>(bus)
}
