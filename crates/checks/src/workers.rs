//! Workers: several servers on one stage, which know each other by a bus only, if at all.

use std::{
    cell::RefMut,
    fmt,
    io::{self, BufRead, BufReader, Read, Write},
    net::{SocketAddr, TcpStream},
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering::Relaxed},
    },
    thread,
    time::{Duration, Instant, SystemTime, UNIX_EPOCH},
};

use axum::Router;
use tokio::sync::oneshot;
use transcript::{Client, Payload};

use crate::{
    broker::{Broker, Kind},
    network::{Network, count_knocks},
    served::Served,
    stage::{Door, Stage, Subject},
};

/// How long anything that is not the broker may take: on a machine that is busy, and for code that answers at all.
const PATIENCE: Duration = Duration::from_secs(2);
/// How long nothing happens when all has happened: what is said goes through two more programs than elsewhere, on a machine that may be busy.
const QUIET: Duration = Duration::from_millis(150);
/// How long a worker may take to hear its bus, or to miss it. RabbitMQ's clients need some of it.
const READY: Duration = Duration::from_secs(5);

/// How workers are made, where they run, and which broker they share.
#[derive(Clone)]
pub struct Workers {
    connect: Arc<Connect>,
    binary: Option<PathBuf>,
    broker: Kind,
}

/// A URL and the name of a channel to a bus, seen by one process.
type Connect = dyn Fn(&str, &str) -> Result<Bus, String> + Send + Sync;

/// A bus as one process sees it: workers of the same process can share it.
#[derive(Clone)]
pub struct Bus(Arc<dyn Fn() -> Router + Send + Sync>);

/// A worker that runs beside the recorder.
#[derive(Debug)]
pub(crate) enum Running {
    /// On a runtime and a thread of its own, which ends with the first, and says so by the second.
    Thread {
        _stop: oneshot::Sender<()>,
        gone: Option<oneshot::Receiver<()>>,
    },
    /// In a process of its own.
    Process { _served: Served },
}

impl fmt::Debug for Workers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Workers")
            .field("binary", &self.binary)
            .field("broker", &self.broker)
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for Bus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Bus")
    }
}

impl Subject {
    /// A function that makes a bus from a URL and the name of a channel, and one that makes a worker on a bus.
    pub fn workers<B, E>(connect: fn(&str, &str) -> Result<B, E>, app: fn(B) -> Router) -> Self
    where
        B: Clone + Send + Sync + 'static,
        E: fmt::Display + 'static,
    {
        let connect = move |url: &str, channel: &str| {
            let bus = connect(url, channel).map_err(|error| error.to_string())?;
            Ok(Bus(Arc::new(move || app(bus.clone()))))
        };
        Subject::Workers(Workers {
            connect: Arc::new(connect),
            binary: None,
            broker: Kind::Redis,
        })
    }

    /// The same over another broker.
    ///
    /// # Panics
    ///
    /// When these are no workers.
    pub fn over(self, broker: Kind) -> Self {
        match self {
            Subject::Workers(workers) => Subject::Workers(Workers { broker, ..workers }),
            other => panic!("{other:?} has no broker"),
        }
    }

    /// The same where every worker that has to do with a broker is a process of its own: `binary ADDRESS --bus URL --channel NAME`,
    /// which prints where it listens.
    ///
    /// # Panics
    ///
    /// When these are no workers.
    pub fn as_processes(self, binary: &str) -> Self {
        match self {
            Subject::Workers(workers) => Subject::Workers(Workers {
                binary: Some(binary.into()),
                ..workers
            }),
            other => panic!("{other:?} has no workers"),
        }
    }
}

/// The broker of a conversation, and the channel that its workers share there.
#[derive(Debug)]
pub(crate) struct Shared {
    broker: Broker,
    /// What lies before it, if anything does.
    network: Option<Network>,
    channel: String,
}

impl Stage {
    fn workers(&self) -> &Workers {
        match self.subject() {
            Subject::Workers(workers) => workers,
            other => {
                panic!("{other:?} is one server, and this conversation wants to start several")
            }
        }
    }

    fn shared(&self) -> RefMut<'_, Shared> {
        RefMut::map(self.shared_broker(), |shared| {
            shared.as_mut().expect("a broker was brought")
        })
    }

    /// A bus inside of this process, which nobody else has.
    pub fn bus(&self) -> Bus {
        let bus = (self.workers().connect)("memory:", "chat");
        bus.unwrap_or_else(|error| {
            self.remark(&format!("has no bus memory: {error}"));
            // Whoever cannot make one gets a server that knows no path.
            Bus(Arc::new(Router::new))
        })
    }

    /// Starts a worker under virtual time, on this bus. Clients reach it by its number: the first is 0.
    pub async fn start_on(&self, bus: &Bus) {
        let (listener, bus) = (Door(self.listen()), bus.clone());
        tokio::spawn(async move {
            let _ = axum::serve(listener, bus.0()).await;
        });
        self.settle().await;
    }

    /// Starts one worker that is alone, if it does not run already, somewhere else.
    pub async fn one_worker(&self) {
        if self.is_here() {
            self.start_on(&self.bus()).await;
        }
    }

    /// Leaves virtual time and brings a broker: one that can be stopped, if that is asked for. Says so, and whether it has come.
    pub async fn bring_broker(&self, to_be_stopped: bool) -> bool {
        self.leave_virtual_time();
        self.set_patience(PATIENCE);
        self.set_quiet(QUIET);
        let kind = self.workers().broker;
        let broker = if to_be_stopped {
            Broker::start_ours(kind)
        } else {
            Broker::start(kind)
        };
        match broker {
            Ok(broker) => {
                let shared = Shared {
                    broker,
                    network: None,
                    channel: a_name(),
                };
                *self.shared_broker() = Some(shared);
                self.server_remark("a broker runs").await;
                true
            }
            Err(why) => {
                self.server_remark(&format!("has no broker: {why}")).await;
                false
            }
        }
    }

    /// Starts a worker on the broker, and says so. Clients reach it by its number: the first is 0.
    pub async fn start_worker(&self) {
        let number = self.running().len();
        let name = called(number);
        let (url, channel) = {
            let shared = self.shared();
            let url = match &shared.network {
                Some(network) => format!("redis://{}", network.address),
                None => shared.broker.url().to_owned(),
            };
            (url, shared.channel.clone())
        };
        self.server_remark(&format!("starts {name} on channel chat"))
            .await;
        let running = match &self.workers().binary {
            Some(binary) => self.start_process(binary, &url, &channel),
            None => self.start_thread(url, channel),
        };
        self.running().push(Some(running));
    }

    fn start_thread(&self, url: String, channel: String) -> Running {
        let (stop, stopped) = oneshot::channel::<()>();
        let (gone, is_gone) = oneshot::channel::<()>();
        let (listener, progress) = (Door(self.listen()), self.progress());
        let connect = Arc::clone(&self.workers().connect);
        // One thread for all of a worker's tasks: what blocks one of them blocks the worker, and that can be seen.
        let run = move || {
            progress.catch_panics();
            let mut builder = tokio::runtime::Builder::new_current_thread();
            let runtime = builder.enable_all().build();
            let runtime = runtime.expect("a runtime of one thread can be built");
            let serve = async move {
                match connect(&url, &channel) {
                    Ok(bus) => drop(axum::serve(listener, bus.0()).await),
                    Err(why) => progress.remark(&format!("has no bus for the broker: {why}")),
                }
            };
            runtime.block_on(async {
                // In a task, so that a panic in it is not the end of this thread.
                tokio::spawn(serve);
                let _ = stopped.await;
            });
            // As when a process is killed: no task of it gets another turn.
            drop(runtime);
            let _ = gone.send(());
        };
        thread::spawn(run);
        Running::Thread {
            _stop: stop,
            gone: Some(is_gone),
        }
    }

    fn start_process(&self, binary: &Path, url: &str, channel: &str) -> Running {
        let served = Served::start(binary, &["--bus", url, "--channel", channel], &[]);
        self.dial(served.address.clone());
        Running::Process { _served: served }
    }

    /// Kills a worker, as a machine that loses its power does: it says goodbye to nobody.
    pub async fn kill_worker(&self, number: usize) {
        self.server_remark(&format!("{} is killed", called(number)))
            .await;
        let running = self.running()[number].take();
        if let Some(mut running) = running
            && let Running::Thread { gone, .. } = &mut running
        {
            let gone = gone.take();
            // Dropping the sender is the sign.
            drop(running);
            if let Some(gone) = gone {
                let _ = tokio::time::timeout(PATIENCE, gone).await;
            }
        }
        self.settle().await;
    }

    /// Stops the broker as a crash would.
    pub async fn stop_broker(&self) {
        self.server_remark("the broker is killed").await;
        if let Some(shared) = self.shared_broker().as_mut() {
            shared.broker.stop();
        }
        self.settle().await;
    }

    /// Starts it again, on the same port.
    pub async fn restart_broker(&self) {
        self.server_remark("the broker runs again").await;
        let restarted = match self.shared_broker().as_mut() {
            Some(shared) => shared.broker.restart(),
            None => Ok(()),
        };
        if let Err(why) = restarted {
            self.remark(&format!("but it does not: {why}"));
        }
        self.settle().await;
    }

    /// Puts a network between a Redis of ours and the workers that start from here on: its answers take so long, and what it says to those
    /// who are subscribed takes no time.
    pub async fn put_a_network_between(&self, late: Duration) {
        match Network::late(self.our_broker(), late).await {
            Ok(network) => self.shared().network = Some(network),
            Err(why) => return self.remark(&format!("has no network: {why}")),
        }
        if !late.is_zero() {
            let text = format!(
                "answers of the broker come {} ms late, and what is published comes at once",
                late.as_millis()
            );
            self.server_remark(&text).await;
        }
    }

    /// Loses the next answer on that network, and the connection on which it should have come.
    pub async fn lose_an_answer(&self) {
        self.server_remark("the next answer of the broker is lost, and its connection with it")
            .await;
        if let Some(network) = &self.shared().network {
            network.lose_an_answer();
        }
    }

    /// Stands for so long where the broker was that is stopped, and says whether anybody asks for it, and whether with pauses: no more than
    /// twenty times a second.
    pub async fn watch_the_door(&self, time: Duration) {
        let knocks = count_knocks(self.our_broker(), time).await;
        let often = 20 * time.as_secs() as usize;
        let how = match knocks {
            Ok(0) => "nobody asks for it".into(),
            Ok(knocks) if knocks <= often => "it is asked for, with pauses".into(),
            Ok(_) => "it is asked for without a pause".into(),
            Err(why) => format!("its port cannot be watched: {why}"),
        };
        let text = format!("the broker stays away for {} s: {how}", time.as_secs());
        self.server_remark(&text).await;
    }

    /// How many connections the workers have opened through the network that was put before the broker.
    pub fn connections_to_the_broker(&self) -> usize {
        self.shared().network.as_ref().map_or(0, Network::opened)
    }

    fn our_broker(&self) -> SocketAddr {
        let address = self.shared().broker.address();
        address.expect("a broker that can be stopped was brought")
    }

    /// Waits until `GET /ready` answers with this status, at each of these workers, and says so in a line; or that it did not.
    pub async fn all_answer(&self, workers: &[usize], status: u16) -> bool {
        let begin = Instant::now();
        let panics = || self.progress().so_far().panics.len();
        let before = panics();
        for &number in workers {
            let answered = loop {
                // A new one each time, which has no answer yet.
                let probe: Client = self.client_of(&format!("probe-{number}"), number);
                probe.hide();
                probe.get("/ready").await;
                let answer = probe.last_status();
                // Neither does code that has panicked get ready, nor code that does not answer.
                let hopeless = answer.is_none() || panics() > before;
                if answer == Some(status) || hopeless || begin.elapsed() > READY {
                    break answer;
                }
            };
            if answered != Some(status) {
                let answered = answered.map_or("nothing".into(), |status| status.to_string());
                let name = called(number);
                let text =
                    format!("{name} answers GET /ready with {answered}, and not with {status}");
                self.server_remark(&text).await;
                return false;
            }
        }
        let who = match workers {
            [only] => called(*only),
            _ => "every worker".into(),
        };
        self.server_remark(&format!("{who} answers GET /ready with {status}"))
            .await;
        true
    }

    /// Publishes a text on the workers' channel, as any other program could, and says how many subscriptions there were to hear it.
    /// Only Redis counts them.
    pub async fn publish(&self, text: &str) {
        self.publish_on("", text).await;
    }

    /// The same on a channel whose name begins like theirs, and ends with this.
    pub async fn publish_on(&self, end: &str, text: &str) {
        let heard = self.redis_publish(end, text.as_bytes());
        let what = format!("PUBLISH chat{end} {text:?}");
        let text = match heard {
            Ok(count) => format!("{what} is heard by {count} subscribers"),
            Err(why) => format!("{what} fails: {why}"),
        };
        self.server_remark(&text).await;
        self.settle().await;
    }

    /// Publishes what need not be a text on the workers' channel, and says so before: what comes of it, a panic perhaps, comes after.
    pub async fn publish_bytes(&self, bytes: &[u8]) {
        let text = format!("PUBLISH chat {}", Payload::guess(bytes));
        self.server_remark(&text).await;
        if let Err(why) = self.redis_publish("", bytes) {
            self.remark(&format!("but it fails: {why}"));
        }
        self.settle().await;
    }

    fn redis_publish(&self, end: &str, bytes: &[u8]) -> io::Result<u64> {
        let shared = self.shared();
        let channel = format!("{}{end}", shared.channel);
        redis_publish(shared.broker.url(), &channel, bytes)
    }
}

/// What the transcript calls a worker.
fn called(number: usize) -> String {
    format!("worker {}", number + 1)
}

/// The name of a channel that nobody else has, also on a broker that others use.
fn a_name() -> String {
    static COUNT: AtomicU32 = AtomicU32::new(0);
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    let nanos = since.map_or(0, |since| since.subsec_nanos());
    let count = COUNT.fetch_add(1, Relaxed);
    format!("chat-{}-{count}-{nanos}", std::process::id())
}

/// `PUBLISH`, and how many subscribers Redis says have heard it. By hand: the suite needs no client for one command.
fn redis_publish(url: &str, channel: &str, text: &[u8]) -> io::Result<u64> {
    let rest = url.strip_prefix("redis://").unwrap_or(url);
    let (user, host) = rest.rsplit_once('@').unwrap_or(("", rest));
    let host = host.split('/').next().unwrap_or(host);
    let host = if host.contains(':') {
        host.to_owned()
    } else {
        format!("{host}:6379")
    };
    let mut stream = BufReader::new(TcpStream::connect(&host)?);
    stream.get_ref().set_read_timeout(Some(PATIENCE))?;
    if let Some((_, password)) = user.split_once(':') {
        ask(&mut stream, &[b"AUTH", password.as_bytes()])?;
    }
    let answer = ask(&mut stream, &[b"PUBLISH", channel.as_bytes(), text])?;
    let count = answer
        .strip_prefix(':')
        .and_then(|count| count.parse().ok());
    count.ok_or_else(|| io::Error::other(answer))
}

fn ask(stream: &mut BufReader<TcpStream>, words: &[&[u8]]) -> io::Result<String> {
    let mut command = format!("*{}\r\n", words.len()).into_bytes();
    for word in words {
        command.extend(format!("${}\r\n", word.len()).bytes());
        command.extend_from_slice(word);
        command.extend(b"\r\n");
    }
    stream.get_mut().write_all(&command)?;
    let mut answer = String::new();
    stream.by_ref().take(1024).read_line(&mut answer)?;
    Ok(answer.trim_end().to_owned())
}
