//! selects_nothing: takes the token out of the offers, and answers none of them.

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

async fn protocol(State(doors): Shared, upgrade: WebSocketUpgrade) -> Response {
    let pass = super::offered(&upgrade).and_then(|token| doors.pass(&token));
    doors.admit(upgrade, pass)
}
