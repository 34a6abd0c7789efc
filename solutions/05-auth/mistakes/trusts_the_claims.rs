//! trusts_the_claims: reads what a token says, and not whether it is true.

use std::time::{Duration, SystemTime};

use axum::{
    Router,
    extract::{Query, State, ws::WebSocketUpgrade},
    response::Response,
    routing::any,
};
use serde::Deserialize;
use tokio::time::Instant;

use super::{Brought, House, Pass, Shared};

pub fn app() -> Router {
    super::serve(House {
        query: any(query),
        ..super::right()
    })
}

#[derive(Deserialize)]
struct Payload {
    sub: String,
    exp: f64,
}

// ANCHOR: trusts
/// Decoded it is. Signed by us it need not be.
fn read(token: &str) -> Option<Pass> {
    let payload: Payload = jsonwebtoken::dangerous::insecure_decode_claims(token).ok()?;
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
    let left = payload.exp - now.ok()?.as_secs_f64();
    let left = Duration::try_from_secs_f64(left.floor()).ok()?;
    Some(Pass {
        user: payload.sub,
        until: Instant::now() + left,
    })
}
// ANCHOR_END: trusts

async fn query(
    State(doors): Shared,
    Query(brought): Query<Brought>,
    upgrade: WebSocketUpgrade,
) -> Response {
    doors.admit(upgrade, brought.token.and_then(|token| read(&token)))
}
