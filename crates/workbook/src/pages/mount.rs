//! The server of a lab as a page reaches it by itself: by HTTP, an event stream or its own WebSocket, below a path of this server.

use std::{
    collections::HashMap,
    convert::Infallible,
    net::SocketAddr,
    sync::{
        Arc, Mutex, MutexGuard,
        atomic::{AtomicU64, Ordering},
    },
};

use axum::{
    body::Body,
    extract::Request,
    http::{StatusCode, Uri},
    response::{IntoResponse, Response},
    serve::Listener,
};
use hyper::{client::conn::http1, upgrade};
use hyper_util::rt::TokioIo;
use tokio::{
    io::copy_bidirectional,
    runtime::Handle,
    sync::{mpsc, oneshot},
};
use tower::{Service, service_fn};
use transcript::{CAPACITY, MemoryListener, MemoryStream};

use super::lab::Session;

/// Where the server of a lab accepts connections: those of the clients on its stage, and those of the page itself.
#[derive(Debug)]
pub struct Hall {
    stage: MemoryListener,
    outside: Outside,
}

/// Connections from outside of a lab.
pub type Outside = mpsc::Receiver<MemoryStream>;
type Door = mpsc::Sender<MemoryStream>;

/// How many connections of a page may wait to be accepted.
const WAITING: usize = 8;

/// A way into a lab, and its other end.
pub fn door() -> (Door, Outside) {
    mpsc::channel(WAITING)
}

impl Hall {
    /// For one server: the stage, and the way from outside.
    pub fn new(stage: MemoryListener, outside: Outside) -> Hall {
        Hall { stage, outside }
    }
}

impl Listener for Hall {
    type Io = MemoryStream;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (MemoryStream, SocketAddr) {
        let stream = tokio::select! {
            Some(stream) = self.stage.accept() => stream,
            Some(stream) = self.outside.recv() => stream,
            // The lab is over: nobody will come any more.
            else => std::future::pending().await,
        };
        (stream, NOBODY)
    }

    fn local_addr(&self) -> std::io::Result<SocketAddr> {
        Ok(NOBODY)
    }
}

/// Streams in memory have no addresses: this stands for one.
const NOBODY: SocketAddr = SocketAddr::new(std::net::IpAddr::V4(std::net::Ipv4Addr::LOCALHOST), 0);

/// The way to the server of a lab.
#[derive(Clone)]
pub struct Mount {
    /// Where connections go in.
    pub door: Door,
    /// Where it is noted what the page is not told: how it was refused.
    pub remarks: mpsc::Sender<String>,
    /// The runtime of the lab, so that what is begun for it ends with it.
    pub runtime: Handle,
}

/// The labs whose server a page may reach by itself.
#[derive(Clone, Default)]
pub struct Sessions(Arc<Mounts>);

#[derive(Default)]
struct Mounts {
    next: AtomicU64,
    open: Mutex<HashMap<u64, Mount>>,
}

/// Servers that can be reached, until this is dropped.
pub struct Mounted {
    numbers: Vec<u64>,
    mounts: Arc<Mounts>,
}

impl Mounted {
    /// The paths below which they are.
    pub fn prefixes(&self) -> Vec<String> {
        let numbers = self.numbers.iter();
        numbers.map(|number| format!("/live/at/{number}")).collect()
    }
}

impl Drop for Mounted {
    fn drop(&mut self) {
        let mut open = self.mounts.lock();
        for number in &self.numbers {
            open.remove(number);
        }
    }
}

impl Sessions {
    /// Makes the servers of a lab reachable, if it has some.
    pub fn mount(&self, session: &Session) -> Mounted {
        let number = |mount: &Mount| {
            // No secret: who may ask at all is decided by `Host` and `Origin`.
            let number = self.0.next.fetch_add(1, Ordering::Relaxed);
            self.0.lock().insert(number, mount.clone());
            number
        };
        let numbers = session.mounts.iter().map(number).collect();
        let mounts = Arc::clone(&self.0);
        Mounted { numbers, mounts }
    }

    /// Answers `/NUMBER/PATH` as the server of that lab answers `/PATH`.
    pub fn service(
        &self,
    ) -> impl Service<Request, Response = Response, Error = Infallible, Future: Send>
    + Clone
    + Send
    + Sync
    + 'static
    + use<> {
        let mounts = Arc::clone(&self.0);
        service_fn(move |request: Request| {
            let mounts = Arc::clone(&mounts);
            async move { Ok(mounts.answer(request).await.unwrap_or_else(gone)) }
        })
    }
}

fn gone() -> Response {
    (StatusCode::NOT_FOUND, "This lab is over: begin anew.\n").into_response()
}

impl Mounts {
    fn lock(&self) -> MutexGuard<'_, HashMap<u64, Mount>> {
        self.open.lock().expect("nobody panics with the lock")
    }

    async fn answer(&self, mut request: Request) -> Option<Response> {
        let path = request.uri().path_and_query()?.as_str();
        let (number, rest) = path.trim_start_matches('/').split_once('/')?;
        let mount = self.lock().get(&number.parse().ok()?)?.clone();
        *request.uri_mut() = format!("/{rest}").parse::<Uri>().ok()?;
        // In the runtime of the lab, so that a socket which is opened here ends when the lab does.
        let (answer, answered) = oneshot::channel();
        mount.runtime.spawn(async move {
            let asked = format!("{} {}", request.method(), request.uri().path());
            let response = pass_on(request, &mount.door).await;
            let status = response.as_ref().map(Response::status);
            if let Some(status) = status.filter(|s| s.is_client_error() || s.is_server_error()) {
                let reason = status.canonical_reason().unwrap_or_default();
                let said = format!("{} {}", status.as_str(), reason.to_ascii_lowercase());
                // Nobody waits for a lab that has enough to do.
                let _ = mount
                    .remarks
                    .try_send(format!("answers {said} to this page's {asked}"));
            }
            let _ = answer.send(response);
        });
        answered.await.ok()?
    }
}

/// Hands a request to the server, and the bytes after it, if the two agree to speak another protocol.
async fn pass_on(mut request: Request, door: &Door) -> Option<Response> {
    let (ours, theirs) = MemoryStream::pair(CAPACITY);
    door.send(theirs).await.ok()?;
    let (mut server, connection) = http1::handshake(TokioIo::new(ours)).await.ok()?;
    tokio::spawn(connection.with_upgrades());
    let page = upgrade::on(&mut request);
    let mut response = server.send_request(request).await.ok()?;
    if response.status() == StatusCode::SWITCHING_PROTOCOLS {
        let server = upgrade::on(&mut response);
        tokio::spawn(async move {
            if let Ok((page, server)) = tokio::try_join!(page, server) {
                let (mut page, mut server) = (TokioIo::new(page), TokioIo::new(server));
                // Either end may go as it likes; the other one sees that its connection is over.
                let _ = copy_bidirectional(&mut page, &mut server).await;
            }
        });
    }
    Some(response.map(Body::new))
}
