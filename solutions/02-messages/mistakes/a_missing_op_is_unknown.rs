//! a_missing_op_is_unknown: asks which command it is, and not whether it says so at all.

use axum::Router;
use serde_json::Value;

pub fn app() -> Router {
    super::serve_answers(answer)
}

fn answer(text: &str) -> Value {
    match serde_json::from_str::<Value>(text) {
        // `None` is caught by the same arm as a name that nobody knows.
        Ok(value) if !matches!(value["op"].as_str(), Some("add" | "tick" | "reverse")) => {
            super::error("unknown_op")
        }
        _ => super::answer(text),
    }
}
