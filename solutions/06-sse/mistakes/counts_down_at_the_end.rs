//! counts_down_at_the_end: counts a production down behind its last token, which some never reach.

use checks::{Door, Shutdown};

use super::Parts;

pub async fn serve(listener: Door, shutdown: Shutdown) {
    let parts = Parts {
        makes: super::Makes::CountedByHand,
        ..Parts::right()
    };
    super::serve(listener, shutdown, parts).await;
}
