//! The bus of the two workers in the lab of chapter 04, which somebody can take apart, and away.

use std::sync::Arc;

use futures_util::{
    FutureExt, StreamExt,
    future::BoxFuture,
    stream::{self, BoxStream},
};
use solution_04::{Away, Bus, Heard};
use tokio::sync::{Mutex, mpsc};

/// Where a bus can stand.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Reach {
    /// Whatever one worker says, both hear.
    #[default]
    Both,
    /// Each worker hears itself, as with `memory:` in two processes.
    Each,
    /// Nobody is on it, and nobody comes on it.
    Nobody,
}

/// What the workers share.
#[derive(Default)]
pub struct Exchange(Mutex<Wires>);

#[derive(Default)]
struct Wires {
    reach: Reach,
    /// Who hears: the worker, and the way to it.
    ears: Vec<(usize, mpsc::Sender<String>)>,
}

/// The bus as one worker has it.
pub struct Wire {
    /// What it leads to.
    pub exchange: Arc<Exchange>,
    /// Which worker this is.
    pub worker: usize,
}

/// How many texts may wait for a worker, before whoever publishes has to.
const WAITING: usize = 64;

impl Exchange {
    /// From here on it reaches these. What it loses on the way is lost: subscriptions end, and workers have to come again.
    pub async fn turn(&self, reach: Reach) {
        let mut wires = self.0.lock().await;
        wires.reach = reach;
        if reach == Reach::Nobody {
            wires.ears.clear();
        }
    }
}

impl Bus for Wire {
    fn subscribe(&self) -> BoxFuture<'_, Result<Heard, Away>> {
        async {
            let mut wires = self.exchange.0.lock().await;
            if wires.reach == Reach::Nobody {
                return Err(away());
            }
            let (sender, receiver) = mpsc::channel(WAITING);
            wires.ears.push((self.worker, sender));
            Ok(heard(receiver))
        }
        .boxed()
    }

    fn publish<'a>(&'a self, text: &'a str) -> BoxFuture<'a, Result<(), Away>> {
        async move {
            // Whoever holds the lock speaks: one order for all.
            let wires = self.exchange.0.lock().await;
            let hears = |worker: usize| match wires.reach {
                Reach::Both => true,
                Reach::Each => worker == self.worker,
                Reach::Nobody => false,
            };
            if wires.reach == Reach::Nobody {
                return Err(away());
            }
            for (worker, ear) in &wires.ears {
                if hears(*worker) {
                    let _ = ear.send(text.to_owned()).await;
                }
            }
            Ok(())
        }
        .boxed()
    }
}

fn away() -> Away {
    Away("the bus is away".into())
}

fn heard(receiver: mpsc::Receiver<String>) -> BoxStream<'static, String> {
    let next = async |mut receiver: mpsc::Receiver<String>| {
        let text = receiver.recv().await?;
        Some((text, receiver))
    };
    stream::unfold(receiver, next).boxed()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_bus_reaches_those_whom_it_should() {
        let exchange = Arc::<Exchange>::default();
        let wire = |worker| Wire {
            exchange: Arc::clone(&exchange),
            worker,
        };
        let (one, two) = (wire(0), wire(1));
        let mut first = one.subscribe().await.ok().unwrap();
        let mut second = two.subscribe().await.ok().unwrap();
        one.publish("to both").await.unwrap();
        exchange.turn(Reach::Each).await;
        two.publish("to the second").await.unwrap();
        exchange.turn(Reach::Nobody).await;
        assert!(one.publish("to nobody").await.is_err());
        assert!(one.subscribe().await.is_err());
        assert_eq!(first.next().await.as_deref(), Some("to both"));
        assert_eq!(first.next().await, None, "a subscription ends with the bus");
        assert_eq!(second.next().await.as_deref(), Some("to both"));
        assert_eq!(second.next().await.as_deref(), Some("to the second"));
        assert_eq!(second.next().await, None);
        exchange.turn(Reach::Both).await;
        let mut again = one.subscribe().await.ok().unwrap();
        two.publish("once more").await.unwrap();
        assert_eq!(again.next().await.as_deref(), Some("once more"));
    }
}
