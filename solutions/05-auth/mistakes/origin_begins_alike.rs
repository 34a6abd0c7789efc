//! origin_begins_alike: an origin that begins with ours is ours.

use axum::Router;

use super::Doors;

pub fn app() -> Router {
    super::serve_origin(knows)
}

// ANCHOR: begins
fn knows(doors: &Doors, origin: Option<&str>) -> bool {
    origin.is_some_and(|origin| doors.origins.iter().any(|known| origin.starts_with(known)))
}
// ANCHOR_END: begins
