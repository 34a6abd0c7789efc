//! waits_for_the_future: waits until the numbers have come to where the follower was before a restart.

use checks::{Door, Shutdown};

use super::{Parts, Ring, Said};

pub async fn serve(listener: Door, shutdown: Shutdown) {
    let parts = Parts {
        after,
        ..Parts::right()
    };
    super::serve(listener, shutdown, parts).await;
}

fn after(ring: &Ring, position: &mut u64) -> Option<Said> {
    if *position > ring.last {
        return None;
    }
    ring.after(position)
}
