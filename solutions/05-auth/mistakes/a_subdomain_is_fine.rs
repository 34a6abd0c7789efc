//! a_subdomain_is_fine: lets in every name below our own.

use axum::Router;

use super::Doors;

pub fn app() -> Router {
    super::serve_origin(knows)
}

// ANCHOR: below
fn knows(doors: &Doors, origin: Option<&str>) -> bool {
    // The dot keeps `evilapp.example` out. It lets in whatever anybody puts below ours.
    origin.is_some_and(|origin| {
        doors.origins.iter().any(|known| known == origin) || origin.ends_with(".app.example")
    })
}
// ANCHOR_END: below
