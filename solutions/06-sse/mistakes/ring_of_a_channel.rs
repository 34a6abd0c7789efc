//! ring_of_a_channel: follows by `broadcast`, and says where the channel has overtaken somebody.

use checks::{Door, Shutdown};

use super::Parts;

pub async fn serve(listener: Door, shutdown: Shutdown) {
    let parts = Parts {
        follows: super::Follows::Broadcast,
        ..Parts::right()
    };
    super::serve(listener, shutdown, parts).await;
}
