//! reverses_bytes: turns the bytes of a text around, and the characters in it to rubble.

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
            // `from_utf8` would say what is wrong here; `lossy` writes over it.
            let text = String::from_utf8_lossy(&bytes);
            Ok(json!({ "event": "reversed", "text": text }))
        }
        other => super::carry_out(other),
    }
}
