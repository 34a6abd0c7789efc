//! logs_the_uri: the span of a request as it comes, with all of the URI in it.

use axum::Router;
use tower_http::trace::{DefaultMakeSpan, MakeSpan};
use tracing::Level;

use super::House;

pub fn app() -> Router {
    super::serve(House {
        span: |request| DefaultMakeSpan::new().level(Level::INFO).make_span(request),
        ..super::right()
    })
}
