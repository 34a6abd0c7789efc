//! Who is in on this worker, and what each is still to hear: the room of chapter 03, without its announcements. Given, and finished.

use std::{
    collections::BTreeMap,
    sync::{
        Arc, Mutex, MutexGuard,
        atomic::{AtomicBool, Ordering::Relaxed},
    },
};

use axum::extract::ws::Utf8Bytes;
use tokio::{
    sync::{mpsc, oneshot},
    task::yield_now,
};

/// How many messages may wait for one member.
pub const QUEUE: usize = 64;
/// How many turns are given to writers who wait for their peers.
const TURNS: usize = 32;

/// Who is in on this worker. Cloning gives another handle to the same room.
#[derive(Clone, Default)]
pub struct Room(Arc<Mutex<Inner>>);

#[derive(Default)]
struct Inner {
    places: BTreeMap<u64, Place>,
    /// How many have ever come: the identity of the next one.
    arrivals: u64,
}

/// What the room keeps of a member. Dropping it is what puts a member out.
struct Place {
    queue: mpsc::Sender<Utf8Bytes>,
    /// Whether its writer waits for the peer.
    waits: Arc<AtomicBool>,
    /// Nothing is ever sent: that it is gone is the message.
    _put_out: oneshot::Sender<()>,
}

/// A place in the room: dropping it is leaving.
pub struct Seat {
    room: Room,
    id: u64,
}

/// What the connection of a member gets from the room.
pub struct Connection {
    /// What it is to hear.
    pub queue: mpsc::Receiver<Utf8Bytes>,
    /// Its writer notes here whether it waits for the peer.
    pub waits: Arc<AtomicBool>,
    /// Is done when its member was put out.
    pub put_out: oneshot::Receiver<()>,
}

impl Room {
    fn lock(&self) -> MutexGuard<'_, Inner> {
        self.0.lock().expect("nobody panics with the lock")
    }

    /// Takes a place: whoever has one hears all that is delivered from here on.
    pub fn enter(&self) -> (Seat, Connection) {
        let mut inner = self.lock();
        inner.arrivals += 1;
        let id = inner.arrivals;
        let (sender, queue) = mpsc::channel(QUEUE);
        let (dropped, put_out) = oneshot::channel();
        // Until there is a writer nobody should wait for it.
        let waits = Arc::new(AtomicBool::new(true));
        let place = Place {
            queue: sender,
            waits: Arc::clone(&waits),
            _put_out: dropped,
        };
        inner.places.insert(id, place);
        let seat = Seat {
            room: self.clone(),
            id,
        };
        let connection = Connection {
            queue,
            waits,
            put_out,
        };
        (seat, connection)
    }

    /// Puts a text into the queue of everyone who is in on this worker. Waits for no peer: whoever has no room for it is put out.
    pub async fn deliver(&self, text: &str) {
        // Made once for all of them.
        let text = Utf8Bytes::from(text);
        self.lock()
            .places
            .retain(|_, place| place.queue.try_send(text.clone()).is_ok());
        self.give_way().await;
    }

    /// Lets the writers catch up when somebody is far behind: chapter 03 says why.
    async fn give_way(&self) {
        for turn in 0.. {
            let behind = self.lock().behind();
            match behind {
                None => return,
                Some(Behind::Peer) if turn >= TURNS => return,
                Some(_) => yield_now().await,
            }
        }
    }
}

/// Why a queue is more than half full.
enum Behind {
    /// Its writer has had no turn.
    Turn,
    /// Its writer waits for its peer.
    Peer,
}

impl Inner {
    fn behind(&self) -> Option<Behind> {
        let full = |place: &&Place| place.queue.capacity() < QUEUE / 2 && !place.queue.is_closed();
        let mut waits = self
            .places
            .values()
            .filter(full)
            .map(|p| p.waits.load(Relaxed));
        let first = waits.next()?;
        Some(match first && waits.all(|waits| waits) {
            true => Behind::Peer,
            false => Behind::Turn,
        })
    }
}

impl Seat {
    /// Tells only this member something. Waits until there is room for it: whoever says more than it reads waits for itself.
    pub async fn tell(&self, text: String) {
        let place = |inner: &Inner| Some(inner.places.get(&self.id)?.queue.clone());
        let queue = place(&self.room.lock());
        if let Some(queue) = queue {
            // An error says that its connection is gone.
            let _ = queue.send(text.into()).await;
        }
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        self.room.lock().places.remove(&self.id);
    }
}
