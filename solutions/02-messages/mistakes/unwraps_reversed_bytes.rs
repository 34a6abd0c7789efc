//! unwraps_reversed_bytes: turns the bytes of a text around, and is sure that they are a text still.

use axum::Router;
use serde_json::json;

use super::{Command, Outcome};

pub fn app() -> Router {
    super::serve_commands(carry_out)
}

fn carry_out(command: Command) -> Outcome {
    match command {
        Command::Reverse { text } => {
            let bytes: Vec<u8> = text.bytes().rev().collect();
            // The first character beyond ASCII ends the task.
            let text = String::from_utf8(bytes).unwrap();
            Ok(json!({ "event": "reversed", "text": text }))
        }
        other => super::carry_out(other),
    }
}
