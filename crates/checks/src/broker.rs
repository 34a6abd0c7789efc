//! Message brokers for real: found on PATH and started on a free port, or taken from the environment, or embedded.

use std::{
    env, fmt, fs,
    io::{self, Read, Write},
    net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    thread,
    time::{Duration, Instant},
};

/// How long a broker may take to answer for the first time. RabbitMQ takes five seconds on a quiet machine.
const PATIENCE: Duration = Duration::from_secs(60);

/// The brokers that chapter 04 speaks to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Redis: `REDIS_URL`, `redis-server` on PATH, or mini-redis in this process (with the feature `brokers`).
    Redis,
    /// NATS: `NATS_URL`, or `nats-server` on PATH.
    Nats,
    /// RabbitMQ: `AMQP_URL`, or `rabbitmq-server` on PATH.
    RabbitMq,
}

/// A broker that runs. One that was started here is stopped, and its files are removed, when this is dropped.
#[derive(Debug)]
pub struct Broker {
    kind: Kind,
    url: String,
    running: Running,
}

#[derive(Debug)]
enum Running {
    /// Somebody else's: it can be used, and neither stopped nor started.
    Elsewhere,
    Here(Local),
    Embedded(Embedded),
}

/// Why there is no broker.
#[derive(Debug)]
pub struct NoBroker(String);

impl fmt::Display for NoBroker {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for NoBroker {}

impl Kind {
    fn variable(self) -> &'static str {
        match self {
            Kind::Redis => "REDIS_URL",
            Kind::Nats => "NATS_URL",
            Kind::RabbitMq => "AMQP_URL",
        }
    }

    /// The program that serves it.
    pub fn program(self) -> &'static str {
        match self {
            Kind::Redis => "redis-server",
            Kind::Nats => "nats-server",
            Kind::RabbitMq => "rabbitmq-server",
        }
    }

    fn url(self, port: u16) -> String {
        match self {
            Kind::Redis => format!("redis://127.0.0.1:{port}"),
            Kind::Nats => format!("nats://127.0.0.1:{port}"),
            Kind::RabbitMq => format!("amqp://guest:guest@127.0.0.1:{port}/%2f"),
        }
    }

    fn find(self) -> Option<PathBuf> {
        // Debian's rabbitmq-server on PATH insists on being another user; this is what it calls.
        let direct = Path::new("/usr/lib/rabbitmq/bin/rabbitmq-server");
        if self == Kind::RabbitMq && direct.exists() {
            return Some(direct.into());
        }
        on_path(self.program())
    }

    /// Whether mini-redis stands in for it. In CI the real one is required.
    fn is_embedded(self) -> bool {
        self == Kind::Redis && cfg!(feature = "brokers") && env::var_os("CI").is_none()
    }

    /// Which one [`Broker::start`] is going to take.
    pub fn chosen(self) -> String {
        let program = self.program();
        if env::var_os(self.variable()).is_some() {
            format!("the one in {}", self.variable())
        } else if self.find().is_some() {
            format!("{program}, started for each conversation")
        } else if self.is_embedded() {
            format!("mini-redis, embedded, since {program} is not on PATH")
        } else {
            format!("none, since {program} is not on PATH")
        }
    }
}

fn on_path(program: &str) -> Option<PathBuf> {
    let folders = env::var_os("PATH")?;
    let sbin = ["/usr/sbin", "/usr/local/sbin"].map(PathBuf::from);
    let folders = env::split_paths(&folders).chain(sbin);
    let names = [program.to_owned(), format!("{program}.exe")];
    folders
        .flat_map(|folder| names.clone().map(|name| folder.join(name)))
        .find(|path| path.is_file())
}

impl Broker {
    /// Takes one from the environment, or starts one.
    ///
    /// In CI the real one is required: there mini-redis does not stand in for Redis.
    pub fn start(kind: Kind) -> Result<Self, NoBroker> {
        if let Ok(url) = env::var(kind.variable()) {
            return Ok(Broker {
                kind,
                url,
                running: Running::Elsewhere,
            });
        }
        Self::start_ours(kind)
    }

    /// Starts one, whatever the environment names: one that can be stopped.
    pub fn start_ours(kind: Kind) -> Result<Self, NoBroker> {
        let (port, folder) =
            reserve().map_err(|error| NoBroker(format!("no port is free: {error}")))?;
        let url = kind.url(port);
        let program = kind.program();
        let running = match kind.find() {
            Some(path) => Running::Here(Local::start(kind, path, port, folder)?),
            None if kind.is_embedded() => Running::Embedded(Embedded::start(port)?),
            None => {
                let variable = kind.variable();
                return Err(NoBroker(format!(
                    "{program} is not on PATH: install it (`cargo workbook doctor` says how), or name a running one in {variable}"
                )));
            }
        };
        Ok(Broker { kind, url, running })
    }

    /// Where it is.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Where one that is ours listens.
    pub(crate) fn address(&self) -> Option<SocketAddr> {
        let port = match &self.running {
            Running::Elsewhere => return None,
            Running::Here(local) => local.port,
            Running::Embedded(embedded) => embedded.port,
        };
        Some((Ipv4Addr::LOCALHOST, port).into())
    }

    /// Whether it can be stopped and started.
    pub fn is_ours(&self) -> bool {
        !matches!(self.running, Running::Elsewhere)
    }

    /// Stops it as a crash would, its connections with it.
    ///
    /// # Panics
    ///
    /// When it is not ours.
    pub fn stop(&mut self) {
        match &mut self.running {
            Running::Elsewhere => panic!("{self} is not ours to stop"),
            Running::Here(local) => local.stop(),
            Running::Embedded(embedded) => embedded.stop(),
        }
    }

    /// Starts it again, on the same port and with nothing remembered.
    pub fn restart(&mut self) -> Result<(), NoBroker> {
        match &mut self.running {
            Running::Elsewhere => Err(NoBroker(format!("{self} is not ours to start"))),
            Running::Here(local) => local.run(),
            Running::Embedded(embedded) => {
                *embedded = Embedded::start(embedded.port)?;
                Ok(())
            }
        }
    }
}

impl fmt::Display for Broker {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.running {
            Running::Elsewhere => write!(f, "the broker in {}", self.kind.variable()),
            Running::Here(_) => write!(f, "{} started for this run", self.kind.program()),
            Running::Embedded(_) => {
                write!(f, "mini-redis, embedded, since redis-server is not on PATH")
            }
        }
    }
}

fn free_port() -> io::Result<u16> {
    Ok(TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?
        .local_addr()?
        .port())
}

/// A port for a broker, and a folder in the name of that port.
///
/// Between finding a free port and listening on it somebody else can find it. Among ourselves the folder belongs to whoever makes it.
fn reserve() -> io::Result<(u16, Folder)> {
    let mut taken = None;
    for _ in 0..100 {
        let port = free_port()?;
        let folder = env::temp_dir().join(format!("workbook-broker-{port}"));
        match fs::create_dir(&folder) {
            Ok(()) => return Ok((port, Folder(folder))),
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => taken = Some(error),
            Err(error) => return Err(error),
        }
    }
    Err(taken.expect("the loop was entered"))
}

/// A folder that is removed when this is dropped.
#[derive(Debug)]
struct Folder(PathBuf);

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// A broker in a process of its own, with a folder of its own.
#[derive(Debug)]
struct Local {
    kind: Kind,
    program: PathBuf,
    port: u16,
    folder: Folder,
    process: Option<Child>,
    /// Erlang's port mapper, which would outlive RabbitMQ if RabbitMQ started it.
    mapper: Option<Child>,
    /// Ends the others when this process is ended and cannot do it any more.
    guard: Option<Child>,
}

impl Local {
    fn start(kind: Kind, program: PathBuf, port: u16, folder: Folder) -> Result<Self, NoBroker> {
        let mut local = Local {
            kind,
            program,
            port,
            folder,
            process: None,
            mapper: None,
            guard: None,
        };
        local.run()?;
        Ok(local)
    }

    fn run(&mut self) -> Result<(), NoBroker> {
        let failed = |what: &str, error: io::Error| NoBroker(format!("{what}: {error}"));
        let folder = self.data();
        let _ = fs::remove_dir_all(&folder);
        fs::create_dir_all(&folder)
            .map_err(|error| failed(&folder.display().to_string(), error))?;
        let log = folder.join("log.txt");
        let output =
            fs::File::create(&log).map_err(|error| failed(&log.display().to_string(), error))?;
        let errors = output
            .try_clone()
            .map_err(|error| failed(&log.display().to_string(), error))?;
        let mut command = self.command().map_err(|error| failed("epmd", error))?;
        command.stdin(Stdio::null()).stdout(output).stderr(errors);
        #[cfg(unix)]
        std::os::unix::process::CommandExt::process_group(&mut command, 0);
        let process = command
            .spawn()
            .map_err(|error| failed(&self.program.display().to_string(), error))?;
        self.process = Some(process);
        self.guard = self.guard();
        self.wait(&log)
    }

    /// What the broker writes: gone at every start.
    fn data(&self) -> PathBuf {
        self.folder.0.join("data")
    }

    fn command(&mut self) -> io::Result<Command> {
        let port = self.port.to_string();
        let folder = self.data();
        let mut command = Command::new(&self.program);
        // Where a broker that is killed leaves its dump.
        command.current_dir(&folder);
        match self.kind {
            Kind::Redis => {
                command.args([
                    "--bind",
                    "127.0.0.1",
                    "--save",
                    "",
                    "--appendonly",
                    "no",
                    "--port",
                ]);
                command.arg(port).arg("--dir").arg(folder);
            }
            Kind::Nats => {
                command.args(["-a", "127.0.0.1", "-p", &port]);
            }
            Kind::RabbitMq => {
                let mapper = free_port()?.to_string();
                if let Some(epmd) = on_path("epmd") {
                    let mut epmd = Command::new(epmd);
                    epmd.args(["-address", "127.0.0.1", "-port", &mapper]);
                    epmd.stdin(Stdio::null())
                        .stdout(Stdio::null())
                        .stderr(Stdio::null());
                    self.mapper = Some(epmd.spawn()?);
                }
                let plugins = folder.join("plugins");
                fs::write(&plugins, "[].\n")?;
                command
                    .env("HOME", &folder)
                    .env("ERL_EPMD_PORT", mapper)
                    .env("ERL_EPMD_ADDRESS", "127.0.0.1")
                    .env("RABBITMQ_NODENAME", format!("workbook{port}@localhost"))
                    .env("RABBITMQ_NODE_IP_ADDRESS", "127.0.0.1")
                    .env("RABBITMQ_NODE_PORT", port)
                    .env("RABBITMQ_DIST_PORT", free_port()?.to_string())
                    .env("RABBITMQ_MNESIA_BASE", folder.join("db"))
                    .env("RABBITMQ_LOG_BASE", folder.join("log"))
                    .env("RABBITMQ_LOGS", "-")
                    .env("RABBITMQ_ENABLED_PLUGINS_FILE", plugins)
                    .env("RABBITMQ_CONFIG_FILE", folder.join("none"))
                    .env("RABBITMQ_CONF_ENV_FILE", folder.join("none"))
                    .env("RABBITMQ_PID_FILE", folder.join("pid"));
            }
        }
        Ok(command)
    }

    /// A shell that waits for the end of this process, which is the end of its input: a check may be interrupted, or hang and be killed.
    #[cfg(unix)]
    fn guard(&self) -> Option<Child> {
        const SCRIPT: &str =
            "cat >/dev/null; for id; do kill -KILL -- \"$id\"; done; rm -rf \"$0\"";
        let mut command = Command::new("sh");
        command.args(["-c", SCRIPT]).arg(&self.folder.0);
        let group = self
            .process
            .iter()
            .map(|process| format!("-{}", process.id()));
        let mapper = self.mapper.iter().map(|mapper| mapper.id().to_string());
        command.args(group.chain(mapper));
        command
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        // Of its own, so that what interrupts a terminal's programs does not interrupt it.
        std::os::unix::process::CommandExt::process_group(&mut command, 0);
        command.spawn().ok()
    }

    #[cfg(not(unix))]
    fn guard(&self) -> Option<Child> {
        None
    }

    /// Waits until it answers.
    fn wait(&mut self, log: &Path) -> Result<(), NoBroker> {
        let begin = Instant::now();
        let program = self.kind.program();
        loop {
            if answers(self.kind, self.port) {
                return Ok(());
            }
            let ended = self
                .process
                .as_mut()
                .and_then(|process| process.try_wait().ok().flatten());
            let why = match ended {
                Some(status) => format!("{program} ended at once, {status}"),
                None if begin.elapsed() > PATIENCE => {
                    format!("{program} did not answer within {} s", PATIENCE.as_secs())
                }
                None => {
                    thread::sleep(Duration::from_millis(20));
                    continue;
                }
            };
            let log = fs::read_to_string(log).unwrap_or_default();
            self.stop();
            return Err(NoBroker(format!("{why}; it said:\n{log}")));
        }
    }

    fn stop(&mut self) {
        // The guard first: it must not act on numbers that may soon be somebody else's.
        let all = [self.guard.take(), self.process.take(), self.mapper.take()];
        for mut process in all.into_iter().flatten() {
            end(&mut process);
            let _ = process.wait();
        }
    }
}

impl Drop for Local {
    fn drop(&mut self) {
        self.stop();
    }
}

/// Kills a process and those it started: RabbitMQ's program is a script, and the broker its child.
fn end(process: &mut Child) {
    if cfg!(unix) {
        let group = format!("-{}", process.id());
        let _ = Command::new("kill")
            .args(["-KILL", "--", &group])
            .stderr(Stdio::null())
            .status();
    }
    let _ = process.kill();
}

/// Whether a broker of this kind answers on a port in its own words.
fn answers(kind: Kind, port: u16) -> bool {
    let (question, answer): (&[u8], &[u8]) = match kind {
        Kind::Redis => (b"PING\r\n", b"+PONG"),
        Kind::Nats => (b"", b"INFO"),
        // A method frame on channel 0: Connection.Start.
        Kind::RabbitMq => (b"AMQP\x00\x00\x09\x01", b"\x01\x00\x00"),
    };
    let ask = || {
        let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
        let mut stream = TcpStream::connect_timeout(&address, Duration::from_secs(1))?;
        stream.set_read_timeout(Some(Duration::from_secs(2)))?;
        stream.write_all(question)?;
        let mut said = vec![0; answer.len()];
        stream.read_exact(&mut said)?;
        io::Result::Ok(said == answer)
    };
    ask().unwrap_or(false)
}

/// mini-redis on a thread of its own: the protocol is real, the server is tokio's teaching example.
#[derive(Debug)]
#[cfg_attr(not(feature = "brokers"), allow(dead_code))]
struct Embedded {
    port: u16,
    stop: Option<tokio::sync::oneshot::Sender<()>>,
    thread: Option<thread::JoinHandle<()>>,
}

impl Embedded {
    #[cfg(not(feature = "brokers"))]
    fn start(port: u16) -> Result<Self, NoBroker> {
        Err(NoBroker(format!(
            "nothing can be embedded on port {port}: this build of `checks` lacks its feature `brokers`"
        )))
    }

    #[cfg(feature = "brokers")]
    fn start(port: u16) -> Result<Self, NoBroker> {
        let failed = |error: io::Error| {
            NoBroker(format!("mini-redis cannot listen on port {port}: {error}"))
        };
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).map_err(failed)?;
        listener.set_nonblocking(true).map_err(failed)?;
        let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
        let serve = move || {
            let runtime = tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build();
            let runtime = runtime.expect("a runtime of one thread can be built");
            runtime.block_on(async {
                let listener =
                    tokio::net::TcpListener::from_std(listener).expect("it is not blocking");
                let serve = tokio::spawn(mini_redis::server::run(
                    listener,
                    std::future::pending::<()>(),
                ));
                let _ = stopped.await;
                serve.abort();
            });
            // Whatever it spawned ends with its runtime, as connections end with a process.
            runtime.shutdown_background();
        };
        let thread = thread::spawn(serve);
        Ok(Embedded {
            port,
            stop: Some(stop),
            thread: Some(thread),
        })
    }

    fn stop(&mut self) {
        drop(self.stop.take());
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

impl Drop for Embedded {
    fn drop(&mut self) {
        self.stop();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Starts it, stops it, starts it again, and drops it.
    fn lives(kind: Kind) {
        let mut broker = match Broker::start(kind) {
            Ok(broker) => broker,
            Err(why) if env::var_os("CI").is_none() => return println!("not tried: {why}"),
            Err(why) => panic!("CI has all brokers: {why}"),
        };
        println!("{broker}");
        let Running::Here(Local { port, folder, .. }) = &broker.running else {
            return;
        };
        let (port, folder) = (*port, folder.0.clone());
        assert!(answers(kind, port));
        broker.stop();
        assert!(!answers(kind, port));
        broker.restart().unwrap();
        assert!(answers(kind, port));
        drop(broker);
        assert!(!answers(kind, port) && !folder.exists());
    }

    #[test]
    fn redis_lives() {
        lives(Kind::Redis);
    }

    #[test]
    fn nats_lives() {
        lives(Kind::Nats);
    }

    #[test]
    fn rabbitmq_lives() {
        lives(Kind::RabbitMq);
    }

    #[test]
    fn mini_redis_lives() {
        let port = free_port().unwrap();
        let mut embedded = Embedded::start(port).unwrap();
        let subscribe = b"*2\r\n$9\r\nSUBSCRIBE\r\n$1\r\nc\r\n";
        let subscribes = || {
            let mut stream = TcpStream::connect((Ipv4Addr::LOCALHOST, port))?;
            stream.set_read_timeout(Some(Duration::from_secs(5)))?;
            stream.write_all(subscribe)?;
            let mut said = [0; 4];
            stream.read_exact(&mut said)?;
            io::Result::Ok(said == *b"*3\r\n")
        };
        assert!(subscribes().unwrap());
        embedded.stop();
        assert!(subscribes().is_err());
        let again = Embedded::start(port).unwrap();
        assert!(subscribes().unwrap());
        drop(again);
    }
}
