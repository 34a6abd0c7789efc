//! encodes_twice: makes JSON of an event, and then JSON of the text.

use axum::Router;
use serde_json::Value;

pub fn app() -> Router {
    super::serve_answers(answer)
}

fn answer(text: &str) -> Value {
    // A string is JSON as well, so nothing complains.
    Value::String(super::answer(text).to_string())
}
