//! cookie_by_prefix: takes the header `Cookie` for one cookie.

use axum::Router;

pub fn app() -> Router {
    super::serve_cookie(|header| header.strip_prefix("session="))
}
