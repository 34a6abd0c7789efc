//! an_unknown_op_is_a_field: has no case for commands that it does not know, so that serde finds a wrong field.

use axum::Router;
use serde_json::Value;

use super::Command;

pub fn app() -> Router {
    super::serve_answers(answer)
}

fn answer(text: &str) -> Value {
    match super::read(text) {
        // What serde says of an enum without `#[serde(other)]`: data that does not fit.
        Ok(Command::Unknown) => super::error("bad_field"),
        Ok(command) => super::carry_out(command).unwrap_or_else(super::error),
        Err(code) => super::error(code),
    }
}
