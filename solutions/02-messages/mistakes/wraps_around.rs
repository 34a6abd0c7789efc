//! wraps_around: a sum beyond the largest number comes out as a negative one.

use axum::Router;
use serde_json::json;

use super::{Command, Outcome};

pub fn app() -> Router {
    super::serve_commands(carry_out)
}

fn carry_out(command: Command) -> Outcome {
    match command {
        // No panic any more, and no truth either.
        Command::Add { a, b } => Ok(json!({ "event": "sum", "value": a.wrapping_add(b) })),
        Command::Tick { value } => Ok(json!({ "event": "tick", "value": value.wrapping_add(1) })),
        other => super::carry_out(other),
    }
}
