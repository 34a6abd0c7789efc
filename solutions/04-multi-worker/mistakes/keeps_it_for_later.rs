//! keeps_it_for_later: what cannot be published now waits, and is said when the bus is back, to whoever is there then.

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex, MutexGuard},
};

use futures_util::{FutureExt, future::BoxFuture};
use solution_04::{Away, Bus, Heard};

/// A bus that never says no.
struct Patient {
    bus: Arc<dyn Bus>,
    /// Without a bound, and without a date on anything in it.
    later: Mutex<VecDeque<String>>,
}

impl Patient {
    fn lock(&self) -> MutexGuard<'_, VecDeque<String>> {
        self.later.lock().expect("nobody panics")
    }
}

impl Bus for Patient {
    fn subscribe(&self) -> BoxFuture<'_, Result<Heard, Away>> {
        self.bus.subscribe()
    }

    // ANCHOR: wrong
    fn publish<'a>(&'a self, text: &'a str) -> BoxFuture<'a, Result<(), Away>> {
        async move {
            self.lock().push_back(text.to_owned());
            // First in, first out, as far as it goes.
            loop {
                let Some(text) = self.lock().front().cloned() else {
                    return Ok(());
                };
                if self.bus.publish(&text).await.is_err() {
                    return Ok(());
                }
                self.lock().pop_front();
            }
        }
        .boxed()
    }
    // ANCHOR_END: wrong
}

pub fn connect(url: &str, channel: &str) -> Result<Arc<dyn Bus>, Away> {
    let bus = solution_04::connect(url, channel)?;
    let later = Mutex::default();
    Ok(Arc::new(Patient { bus, later }))
}

pub fn app(bus: Arc<dyn Bus>) -> axum::Router {
    super::serve::<super::swallows_the_failure::Hopes>(bus)
}
