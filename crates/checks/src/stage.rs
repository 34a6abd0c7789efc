//! What a conversation plays on: a recorder, and a server that was started for it.

use std::{
    cell::{RefCell, RefMut},
    fmt,
    net::SocketAddr,
    ops::Deref,
    pin::Pin,
    sync::Arc,
    thread,
    time::Duration,
};

use axum::{Router, serve::Listener};
use tokio::sync::oneshot;
use transcript::{MemoryListener, MemoryStream, Recorder, Recording, Server};

use crate::{
    apart::Pace,
    log::Log,
    workers::{Running, Shared, Workers},
};

/// A server to be checked.
#[derive(Clone)]
pub enum Subject {
    /// Code in this process: it is started anew for every conversation, in memory and under virtual time.
    Here(Start),
    /// Code in this process that makes workers: a conversation starts as many as it wants.
    Workers(Workers),
    /// A server that runs somewhere, reached over TCP and in real time.
    At(Server),
}

/// Is done when a server should end.
pub type Shutdown = Pin<Box<dyn Future<Output = ()> + Send>>;

/// Starts a server for the stage of one conversation.
pub type Start = Arc<dyn Fn(&Stage) + Send + Sync>;

impl fmt::Debug for Subject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Subject::Here(_) => f.write_str("Here"),
            Subject::Workers(workers) => f.debug_tuple("Workers").field(workers).finish(),
            Subject::At(server) => f.debug_tuple("At").field(server).finish(),
        }
    }
}

impl Subject {
    /// A function that builds a router.
    pub fn app(app: fn() -> Router) -> Self {
        Subject::Here(Arc::new(move |stage| {
            let listener = Door(stage.listen());
            // Inside the task, so that a `todo!` in `app` is a line of the transcript.
            tokio::spawn(async move {
                let _ = axum::serve(listener, app()).await;
            });
        }))
    }

    /// A function that serves what comes through a listener until a future is done, and returns when it has ended in order.
    pub fn serve<F, Fut>(serve: F) -> Self
    where
        F: Fn(Door, Shutdown) -> Fut + Send + Sync + 'static,
        Fut: Future<Output = ()> + Send + 'static,
    {
        let serve = Arc::new(serve);
        Subject::Here(Arc::new(move |stage| {
            let listener = Door(stage.listen());
            let (stop, stopped) = oneshot::channel::<()>();
            stage.stops.borrow_mut().push(stop);
            let shutdown: Shutdown = Box::pin(async {
                // A stage that is dropped tells nobody to go.
                if stopped.await.is_err() {
                    std::future::pending().await
                }
            });
            let (serve, progress) = (Arc::clone(&serve), stage.progress());
            tokio::spawn(async move {
                serve(listener, shutdown).await;
                progress.remark("has ended");
            });
        }))
    }

    /// How its conversations are played: as many at once as there are cores, and more of those that wait for something outside.
    pub(crate) fn pace(&self) -> Pace {
        let cores = thread::available_parallelism().map_or(2, usize::from);
        match self.waits() {
            true => Pace {
                at_once: 4 * cores,
                moment: Duration::from_secs(6),
            },
            false => Pace {
                at_once: cores,
                moment: Duration::from_secs(2),
            },
        }
    }

    /// Whether its conversations wait for something outside, such as a broker, in real time.
    pub(crate) fn waits(&self) -> bool {
        matches!(self, Subject::Workers(_))
    }

    /// Whether it runs in this process.
    pub fn is_here(&self) -> bool {
        !matches!(self, Subject::At(_))
    }
}

/// The stage of one conversation: a [`Recorder`], with a server behind it.
#[derive(Debug)]
pub struct Stage {
    recorder: Recorder,
    subject: Subject,
    stops: RefCell<Vec<oneshot::Sender<()>>>,
    running: RefCell<Vec<Option<Running>>>,
    broker: RefCell<Option<Shared>>,
}

impl Stage {
    /// A stage with this server on it.
    pub fn new(subject: &Subject) -> Self {
        let recorder = match subject {
            Subject::Here(_) | Subject::Workers(_) => Recorder::in_virtual_time(),
            Subject::At(server) => Recorder::over_tcp(server.clone()),
        };
        // No exercise promises the text of a reason, or an order of keys.
        recorder.hide_close_reasons();
        recorder.normalize_json();
        recorder.hide_comments();
        let stage = Stage {
            recorder,
            subject: subject.clone(),
            stops: RefCell::default(),
            running: RefCell::default(),
            broker: RefCell::default(),
        };
        if let Subject::Here(start) = subject {
            start(&stage);
        }
        stage
    }

    /// From here on keeps what the server writes to its log with `tracing`, the fields of spans included.
    pub fn capture_log(&self) -> Log {
        Log::capture()
    }

    /// Tells the servers that were started with [`Subject::serve`] to go, as a deploy does.
    pub async fn shut_down(&self) {
        self.recorder.server_remark("is told to go").await;
        let stops = self.stops.take();
        for stop in stops {
            let _ = stop.send(());
        }
        self.recorder.settle().await;
    }

    /// Whether the server runs in this process and in memory, where a connection that nobody reads takes [`CAPACITY`](transcript::CAPACITY)
    /// bytes; over TCP the buffers of two kernels take megabytes.
    pub fn is_here(&self) -> bool {
        self.subject.is_here()
    }

    /// Hands out what was recorded, and then takes the stage down.
    pub async fn finish(self) -> Recording {
        let recording = self.recorder.finish().await;
        // Workers first: nobody should see the broker go.
        drop(self.running);
        recording
    }

    pub(crate) fn subject(&self) -> &Subject {
        &self.subject
    }

    pub(crate) fn running(&self) -> RefMut<'_, Vec<Option<Running>>> {
        self.running.borrow_mut()
    }

    pub(crate) fn shared_broker(&self) -> RefMut<'_, Option<Shared>> {
        self.broker.borrow_mut()
    }
}

impl Deref for Stage {
    type Target = Recorder;

    fn deref(&self) -> &Recorder {
        &self.recorder
    }
}

/// A listener in memory, as `axum::serve` wants it.
#[derive(Debug)]
pub struct Door(pub MemoryListener);

impl Listener for Door {
    type Io = MemoryStream;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (MemoryStream, SocketAddr) {
        match self.0.accept().await {
            Some(stream) => (stream, NOBODY),
            // The recorder is gone: nobody will connect any more.
            None => std::future::pending().await,
        }
    }

    fn local_addr(&self) -> std::io::Result<SocketAddr> {
        Ok(NOBODY)
    }
}

/// Streams in memory have no addresses: this stands for one.
const NOBODY: SocketAddr = SocketAddr::new(std::net::IpAddr::V4(std::net::Ipv4Addr::LOCALHOST), 0);
