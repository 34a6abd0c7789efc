//! origin_ends_alike: every name that ends with our domain is a part of it.

use axum::Router;

use super::Doors;

pub fn app() -> Router {
    super::serve_origin(knows)
}

// ANCHOR: ends
fn knows(_: &Doors, origin: Option<&str>) -> bool {
    // Our subdomains, too; and everything that somebody registers before our name.
    origin.is_some_and(|origin| origin.starts_with("https://") && origin.ends_with("app.example"))
}
// ANCHOR_END: ends
