//! silent_gap: goes on behind a gap without saying that there is one.

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
        return ring.after(position);
    }
    // Whoever was overtaken is put where the ring begins, and never knows.
    *position = (*position).max(ring.first() - 1);
    ring.next(position)
}
