//! unwraps_the_parse: takes what a client sends for what the client should have sent.

use axum::Router;
use serde_json::Value;

use super::Command;

pub fn app() -> Router {
    super::serve_answers(answer)
}

// ANCHOR: unwrap
fn answer(text: &str) -> Value {
    // One typing error on the other side of the world, and this task is gone.
    let command: Command = serde_json::from_str(text).unwrap();
    super::carry_out(command).unwrap_or_else(super::error)
}
// ANCHOR_END: unwrap
