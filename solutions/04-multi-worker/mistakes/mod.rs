//! Workers that are wrong, each in one way that people are wrong in. What is right about them is here.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering::Relaxed},
    },
    time::Duration,
};

use axum::{
    Router,
    extract::{
        Path, State,
        ws::{Message, WebSocket, WebSocketUpgrade},
    },
    http::StatusCode,
    response::{IntoResponse, Response},
    routing::{any, get},
};
use futures_util::{SinkExt, StreamExt};
use redis::{AsyncCommands, Client, aio::MultiplexedConnection};
use solution_04::{Away, Bus};
use tokio::{
    runtime::Handle,
    sync::{Mutex, Notify},
    time::sleep,
};

pub mod a_channel_each;
pub mod a_subscription_each;
pub mod always_ready;
pub mod announces_first;
pub mod asks_without_a_pause;
pub mod blocks_the_thread;
pub mod closes_everyone;
pub mod connects_for_each_message;
pub mod delivers_twice;
pub mod echoes_to_the_speaker;
pub mod forgets_to_subscribe_again;
pub mod gives_up;
pub mod goes_on_alone;
pub mod keeps_a_broken_publisher;
pub mod keeps_a_dead_publisher;
pub mod keeps_it_for_later;
pub mod one_answer_at_a_time;
pub mod own_members_first;
pub mod publishes_on_the_subscribed_connection;
pub mod refuses_while_there_is_room;
pub mod replays_everything;
#[path = "../src/room.rs"]
mod room;
pub mod says_it_again;
pub mod skips_its_own_users;
pub mod starts_without_a_bus;
pub mod subscribes_after_announcing;
pub mod subscribes_to_a_pattern;
pub mod swallows_the_failure;
pub mod trusts_the_channel;
pub mod two_who_reconnect;
pub mod wraps_what_it_says;

pub use room::{Connection, Room, Seat};

/// What a worker does; each is right as it stands here.
pub trait Rules: Sized + Send + Sync + 'static {
    /// What it remembers.
    type Notes: Default + Send + Sync;

    /// Delivers what the bus says, for as long as the worker lives.
    fn listen(worker: Worker<Self>) -> impl Future<Output = ()> + Send {
        async move {
            loop {
                hear_once(&worker).await;
                sleep(Duration::from_millis(200)).await;
            }
        }
    }

    /// Hands on a text that the bus has said.
    fn deliver(worker: &Worker<Self>, text: &str) -> impl Future<Output = ()> + Send {
        worker.room.deliver(text)
    }

    fn ready(worker: &Worker<Self>) -> bool {
        worker.hears.load(Relaxed)
    }

    /// Says a text to everyone.
    fn say(worker: &Worker<Self>, text: &str) -> impl Future<Output = Result<(), Away>> + Send {
        async move {
            match worker.hears.load(Relaxed) {
                true => worker.bus.publish(text).await,
                false => Err(Away("it is not heard".into())),
            }
        }
    }

    /// Tells a speaker that its message was not sent.
    fn refuse(seat: &Seat, text: String) -> impl Future<Output = ()> + Send {
        seat.tell(text)
    }

    /// Tells a speaker that its message was sent: not at all, since it hears it like everyone else.
    fn confirm(_seat: &Seat, _text: String) -> impl Future<Output = ()> + Send {
        async {}
    }

    /// A place for a newcomer who was announced.
    fn enter(
        worker: &Worker<Self>,
        name: &str,
    ) -> impl Future<Output = Result<(Seat, Connection), Away>> + Send {
        async move {
            let place = worker.room.enter();
            Self::say(worker, &format!("-> {name} joined")).await?;
            Ok(place)
        }
    }
}

/// A bus made of Redis that does one thing itself, and the rest like the solution's.
pub struct Redis<N> {
    pub client: Client,
    pub channel: String,
    pub right: Arc<dyn Bus>,
    /// What all messages go out by.
    publisher: Mutex<Option<MultiplexedConnection>>,
    /// What it remembers.
    pub notes: N,
}

impl<N> Redis<N> {
    /// Publishes as it should be done, where the solution's connection for that is not told that it may be one to a broker that was.
    pub async fn say(&self, text: &str) -> Result<(), Away> {
        let mut slot = self.publisher.lock().await;
        let mut publisher = match slot.take() {
            Some(publisher) => publisher,
            None => self.client.get_multiplexed_async_connection().await?,
        };
        *slot = Some(publisher.clone());
        drop(slot);
        let published = publisher.publish::<_, _, ()>(&self.channel, text).await;
        if published.is_err() {
            self.renew().await;
        }
        Ok(published?)
    }

    /// Makes a new connection for publishing before anything else is published.
    pub async fn renew(&self) {
        *self.publisher.lock().await = None;
    }
}

/// A bus from a URL and the name of a channel, where one of Redis is such a one.
pub fn connect<N: Default>(url: &str, channel: &str) -> Result<Arc<dyn Bus>, Away>
where
    Redis<N>: Bus + 'static,
{
    let right = solution_04::connect(url, channel)?;
    if !url.starts_with("redis:") {
        return Ok(right);
    }
    Ok(Arc::new(Redis {
        client: Client::open(url)?,
        channel: channel.to_owned(),
        right,
        publisher: Mutex::default(),
        notes: N::default(),
    }))
}

/// One of several servers.
pub struct Worker<R: Rules> {
    pub bus: Arc<dyn Bus>,
    pub room: Room,
    pub hears: Arc<AtomicBool>,
    /// Ends all connections.
    pub all_out: Arc<Notify>,
    pub notes: Arc<R::Notes>,
}

impl<R: Rules> Clone for Worker<R> {
    fn clone(&self) -> Self {
        Worker {
            bus: Arc::clone(&self.bus),
            room: self.room.clone(),
            hears: Arc::clone(&self.hears),
            all_out: Arc::clone(&self.all_out),
            notes: Arc::clone(&self.notes),
        }
    }
}

/// A worker that routes, reads and writes as it should, and has these rules.
pub fn serve<R: Rules>(bus: Arc<dyn Bus>) -> Router {
    let worker = Worker::<R> {
        bus,
        room: Room::default(),
        hears: Arc::default(),
        all_out: Arc::default(),
        notes: Arc::default(),
    };
    tokio::spawn(R::listen(worker.clone()));
    Router::new()
        .route("/ws/chat/{username}", any(enter::<R>))
        .route("/ready", get(ready::<R>))
        .with_state(worker)
}

/// Subscribes, and delivers until the subscription ends.
pub async fn hear_once<R: Rules>(worker: &Worker<R>) {
    if let Ok(mut heard) = worker.bus.subscribe().await {
        worker.hears.store(true, Relaxed);
        while let Some(text) = heard.next().await {
            R::deliver(worker, &text).await;
        }
        worker.hears.store(false, Relaxed);
    }
}

async fn ready<R: Rules>(State(worker): State<Worker<R>>) -> StatusCode {
    match R::ready(&worker) {
        true => StatusCode::OK,
        false => StatusCode::SERVICE_UNAVAILABLE,
    }
}

async fn enter<R: Rules>(
    Path(name): Path<String>,
    State(worker): State<Worker<R>>,
    upgrade: WebSocketUpgrade,
) -> Response {
    let Ok((seat, connection)) = R::enter(&worker, &name).await else {
        return StatusCode::SERVICE_UNAVAILABLE.into_response();
    };
    let member = Member { worker, name, seat };
    upgrade.on_upgrade(move |socket| converse(socket, member, connection))
}

/// A membership: dropping it is leaving.
struct Member<R: Rules> {
    worker: Worker<R>,
    name: String,
    seat: Seat,
}

impl<R: Rules> Drop for Member<R> {
    fn drop(&mut self) {
        let worker = self.worker.clone();
        let left = format!("<- {} left", self.name);
        if let Ok(runtime) = Handle::try_current() {
            runtime.spawn(async move { R::say(&worker, &left).await });
        }
    }
}

async fn converse<R: Rules>(socket: WebSocket, member: Member<R>, mut connection: Connection) {
    let (mut sink, mut stream) = socket.split();
    let writer = tokio::spawn(async move {
        connection.waits.store(false, Relaxed);
        while let Some(text) = connection.queue.recv().await {
            if sink.send(Message::Text(text)).await.is_err() {
                return;
            }
        }
        let _ = sink.close().await;
    });
    tokio::pin! {
        let put_out = connection.put_out;
    }
    loop {
        let message = tokio::select! {
            message = stream.next() => message,
            () = member.worker.all_out.notified() => None,
            // Out, and nobody listens to it any more; what it gets to read of that is the writer's to say.
            _ = &mut put_out => {
                let rest = async { while let Some(Ok(_)) = stream.next().await {} };
                let _ = tokio::time::timeout(Duration::from_secs(5), rest).await;
                None
            }
        };
        match message {
            Some(Ok(Message::Text(text))) => {
                let said = format!("{}: {text}", member.name);
                match R::say(&member.worker, &said).await {
                    Ok(()) => R::confirm(&member.seat, said).await,
                    Err(_) => R::refuse(&member.seat, format!("! not sent: {text}")).await,
                }
            }
            Some(Ok(_)) => {}
            Some(Err(_)) | None => break,
        }
    }
    writer.abort();
}
