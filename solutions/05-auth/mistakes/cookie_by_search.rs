//! cookie_by_search: looks for `session=` anywhere in the header.

use axum::Router;

pub fn app() -> Router {
    super::serve_cookie(find)
}

fn find(header: &str) -> Option<&str> {
    let (_, rest) = header.split_once("session=")?;
    rest.split(';').next()
}
