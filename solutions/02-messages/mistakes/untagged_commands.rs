//! untagged_commands: tells commands apart by their fields, and never looks at `op`.

use axum::Router;
use serde::Deserialize;
use serde_json::Value;

pub fn app() -> Router {
    super::serve_answers(answer)
}

#[derive(Deserialize)]
#[serde(untagged)]
enum Command {
    Add { a: i64, b: i64 },
    Tick { value: i64 },
    Reverse { text: String },
}

fn answer(text: &str) -> Value {
    // What has the fields of an add is an add, whatever it calls itself.
    let command = match serde_json::from_str(text) {
        Ok(Command::Add { a, b }) => super::Command::Add { a, b },
        Ok(Command::Tick { value }) => super::Command::Tick { value },
        Ok(Command::Reverse { text }) => super::Command::Reverse { text },
        Err(error) if error.is_data() => return super::error("bad_field"),
        Err(_) => return super::error("bad_json"),
    };
    super::carry_out(command).unwrap_or_else(super::error)
}
