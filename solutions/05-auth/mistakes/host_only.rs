//! host_only: compares the host, and forgets what else an origin is.

use axum::{Router, http::Uri};

use super::Doors;

pub fn app() -> Router {
    super::serve_origin(knows)
}

fn knows(_: &Doors, origin: Option<&str>) -> bool {
    let uri = origin.and_then(|origin| origin.parse::<Uri>().ok());
    uri.is_some_and(|uri| uri.host() == Some("app.example"))
}
