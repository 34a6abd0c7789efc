//! echoes_the_credential: selects what was offered, whatever it was.

use axum::{
    Router,
    extract::{State, ws::WebSocketUpgrade},
    response::Response,
    routing::any,
};

use super::{House, Shared};

pub fn app() -> Router {
    super::serve(House {
        protocol: any(protocol),
        ..super::right()
    })
}

// ANCHOR: echoes
async fn protocol(State(doors): Shared, mut upgrade: WebSocketUpgrade) -> Response {
    let pass = super::offered(&upgrade).and_then(|token| doors.pass(&token));
    // The first one that was offered, one would think. It is the first one in the alphabet.
    let first = upgrade.requested_protocols().next().cloned();
    if let Some(first) = first {
        upgrade.set_selected_protocol(first);
    }
    doors.admit(upgrade, pass)
}
// ANCHOR_END: echoes
