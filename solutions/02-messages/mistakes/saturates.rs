//! saturates: a sum beyond the largest number is the largest number.

use axum::Router;
use serde_json::json;

use super::{Command, Outcome};

pub fn app() -> Router {
    super::serve_commands(carry_out)
}

fn carry_out(command: Command) -> Outcome {
    match command {
        // Nothing panics, nothing wraps around, and the answer is wrong.
        Command::Add { a, b } => Ok(json!({ "event": "sum", "value": a.saturating_add(b) })),
        Command::Tick { value } => Ok(json!({ "event": "tick", "value": value.saturating_add(1) })),
        other => super::carry_out(other),
    }
}
