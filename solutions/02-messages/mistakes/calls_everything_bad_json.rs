//! calls_everything_bad_json: maps every error of serde's to one code.

use axum::Router;
use serde_json::Value;

use super::Command;

pub fn app() -> Router {
    super::serve_answers(answer)
}

fn answer(text: &str) -> Value {
    // Text that is no JSON, a command that does not exist, a field of another type: all the same here.
    match serde_json::from_str::<Command>(text) {
        Ok(Command::Unknown) | Err(_) => super::error("bad_json"),
        Ok(command) => super::carry_out(command).unwrap_or_else(super::error),
    }
}
