//! enum_without_a_tag: leaves it to serde where the name of a command stands, and how it is spelled.

use axum::Router;
use serde::Deserialize;
use serde_json::Value;

pub fn app() -> Router {
    super::serve_answers(answer)
}

// ANCHOR: enum
/// In JSON this is `{"Add":{"a":2,"b":3}}`.
#[derive(Deserialize)]
enum Command {
    Add { a: i64, b: i64 },
    Tick { value: i64 },
    Reverse { text: String },
}
// ANCHOR_END: enum

fn answer(text: &str) -> Value {
    let command = match serde_json::from_str(text) {
        Ok(Command::Add { a, b }) => super::Command::Add { a, b },
        Ok(Command::Tick { value }) => super::Command::Tick { value },
        Ok(Command::Reverse { text }) => super::Command::Reverse { text },
        Err(_) => return super::error("bad_json"),
    };
    super::carry_out(command).unwrap_or_else(super::error)
}
