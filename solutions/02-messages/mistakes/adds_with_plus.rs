//! adds_with_plus: a plain `+`, which panics in a debug build, and wraps around in a release build.

use axum::Router;
use serde_json::json;

use super::{Command, Outcome};

pub fn app() -> Router {
    super::serve_commands(carry_out)
}

fn carry_out(command: Command) -> Outcome {
    match command {
        // Whoever sends the largest number ends the task.
        Command::Add { a, b } => Ok(json!({ "event": "sum", "value": a + b })),
        Command::Tick { value } => Ok(json!({ "event": "tick", "value": value + 1 })),
        other => super::carry_out(other),
    }
}
