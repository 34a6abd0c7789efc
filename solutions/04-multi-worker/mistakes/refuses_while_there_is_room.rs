//! refuses_while_there_is_room: lets go of a refusal when the speaker's queue is full.

use std::sync::Arc;

use axum::Router;
use futures_util::FutureExt;
use solution_04::Bus;

pub use solution_04::connect;

use super::{Rules, Seat, serve};

pub struct Hurries;

impl Rules for Hurries {
    type Notes = ();

    // ANCHOR: wrong
    async fn refuse(seat: &Seat, text: String) {
        // As `try_send` does.
        let _ = seat.tell(text).now_or_never();
    }
    // ANCHOR_END: wrong
}

pub fn app(bus: Arc<dyn Bus>) -> Router {
    serve::<Hurries>(bus)
}
