//! numbers_as_doubles: reads numbers as `f64`, as JavaScript does, and rounds what is too large for one.

use axum::Router;
use serde_json::{Value, json};

pub fn app() -> Router {
    super::serve_answers(answer)
}

fn answer(text: &str) -> Value {
    let command: Value = match serde_json::from_str(text) {
        Ok(command) => command,
        Err(_) => return super::error("bad_json"),
    };
    let number = |name: &str| {
        command[name]
            .as_f64()
            .filter(|number| number.fract() == 0.0)
    };
    match command["op"].as_str() {
        Some("add") => match (number("a"), number("b")) {
            // `as` rounds twice: into the double, and from it to the nearest end of i64.
            (Some(a), Some(b)) => json!({ "event": "sum", "value": (a + b) as i64 }),
            _ => super::error("bad_field"),
        },
        Some("tick") => match number("value") {
            Some(value) => json!({ "event": "tick", "value": (value + 1.0) as i64 }),
            None => super::error("bad_field"),
        },
        _ => super::answer(text),
    }
}
