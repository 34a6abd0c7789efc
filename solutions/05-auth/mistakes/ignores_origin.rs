//! ignores_origin: a good cookie is enough.

use axum::Router;

pub fn app() -> Router {
    super::serve_origin(|_, _| true)
}
