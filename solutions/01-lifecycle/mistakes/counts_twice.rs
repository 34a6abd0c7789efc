//! counts_twice: counts where the upgrade is accepted, and once more where the conversation begins.

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
        let accepted = Here::enter(&count);
        upgrade.on_upgrade(async move |socket| {
            // One socket, two guards.
            let _accepted = accepted;
            let _here = Here::enter(&count);
            converse(socket).await;
        })
    };
    Router::new()
        .route("/ws/echo", any(upgrade))
        .route("/connections", get(connections))
        .with_state(Count::default())
}
