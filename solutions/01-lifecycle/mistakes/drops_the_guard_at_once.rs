//! drops_the_guard_at_once: binds the guard to a lone `_`, which binds nothing.

use std::sync::{Arc, atomic::AtomicUsize};

use axum::{
    Router,
    extract::{State, WebSocketUpgrade},
    routing::{any, get},
};

use super::{Here, connections, converse};

type Count = Arc<AtomicUsize>;

pub fn app() -> Router {
    let upgrade = async |upgrade: WebSocketUpgrade, State(count): State<Count>| {
        upgrade.on_upgrade(async move |socket| {
            // Counted up and down in this line.
            let _ = Here::enter(&count);
            converse(socket).await;
        })
    };
    Router::new()
        .route("/ws/echo", any(upgrade))
        .route("/connections", get(connections))
        .with_state(Count::default())
}
