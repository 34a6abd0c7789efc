//! logs_what_it_refuses: writes down what was wrong: the token.

use axum::Router;

use super::House;

pub fn app() -> Router {
    super::serve(House {
        refused: |token| tracing::warn!(%token, "a bad token"),
        ..super::right()
    })
}
