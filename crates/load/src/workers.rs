//! Whether everybody on two workers hears everything once, also when their broker is killed in the middle.

use std::{
    collections::BTreeSet,
    path::PathBuf,
    process::Stdio,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, AtomicUsize, Ordering::Relaxed},
    },
    time::{Duration, Instant},
};

use anyhow::{Context, Result, ensure};
use clap::Args;
use futures_util::{SinkExt, StreamExt};
use tokio::{
    net::TcpStream,
    process::{Child, Command},
    sync::{Semaphore, watch},
    time::{sleep, timeout},
};
use tokio_tungstenite::tungstenite::Message;

use crate::{
    Target,
    clients::{Socket, connect},
    server::Served,
};

/// How a message of ours can be told from the notices of a room.
const MARK: &str = "load-";
/// A speaker that has heard nothing of its messages for so long goes on without them.
const LOST: Duration = Duration::from_secs(2);
/// A speaker whose message was refused waits so long before the next: people do not type faster either.
const REFUSED: Duration = Duration::from_millis(5);

#[derive(Args)]
pub struct Workers {
    /// The program of a worker, which takes an address, `--bus URL` and `--channel NAME`
    program: PathBuf,
    /// The path of its WebSocket; `{name}` becomes a name for each connection
    #[arg(long, default_value = "/ws/chat/{name}")]
    path: String,
    /// A Redis that runs; without it `redis-server` is started on a free port
    #[arg(long, conflicts_with = "kill")]
    redis: Option<String>,
    /// How many members there are on each worker
    #[arg(long, default_value_t = 5)]
    members: usize,
    /// How many of the members of each worker speak
    #[arg(long, default_value_t = 2)]
    speakers: usize,
    /// How many messages all of them say together
    #[arg(long, default_value_t = 100_000)]
    messages: usize,
    /// How many messages of a speaker may be under way at once
    #[arg(long, default_value_t = 16)]
    in_flight: usize,
    /// Kills the broker after half of the messages, and starts it again after so many milliseconds
    #[arg(long)]
    kill: Option<u64>,
}

impl Workers {
    pub async fn run(self) -> Result<()> {
        ensure!(
            (1..=self.members).contains(&self.speakers),
            "of {} members on each worker {} cannot speak",
            self.members,
            self.speakers
        );
        let mut redis = match &self.redis {
            Some(_) => None,
            None => Some(Redis::start().await?),
        };
        let url = match (&self.redis, &redis) {
            (Some(url), _) => url.clone(),
            (None, Some(redis)) => redis.url(),
            (None, None) => unreachable!("one of the two was made above"),
        };
        let target = Target {
            program: self.program.clone(),
            path: self.path.clone(),
        };
        let channel = format!("load-{}", std::process::id());
        let args = ["--bus", &url, "--channel", &channel];
        let workers = [
            Served::start_with(&target, &args).await?,
            Served::start_with(&target, &args).await?,
        ];
        for worker in &workers {
            is_ready(worker).await?;
        }

        let speakers = 2 * self.speakers;
        let share = self.messages / speakers;
        let total = share * speakers;
        let sent = Arc::new(AtomicUsize::new(0));
        // Says what the end is: nobody has heard anything for a while.
        let (over, is_over) = watch::channel(false);
        let mut members = vec![];
        for number in 0..2 * self.members {
            let socket = connect(&workers[number % 2], number).await?;
            let speaks = number / 2 < self.speakers;
            let numbers = match speaks {
                true => number * share..(number + 1) * share,
                false => 0..0,
            };
            let member = Arc::new(Member::new(total, self.in_flight));
            members.push(Arc::clone(&member));
            let (sent, is_over) = (Arc::clone(&sent), is_over.clone());
            tokio::spawn(async move { talk(socket, &member, numbers, &sent, is_over).await });
        }
        let before: Option<Vec<_>> = workers.iter().map(Served::used).collect();
        let begin = Instant::now();
        if let Some(millis) = self.kill {
            let redis = redis.as_mut().context("only a broker of ours is killed")?;
            while sent.load(Relaxed) < total / 2 {
                sleep(Duration::from_millis(1)).await;
            }
            redis.kill().await?;
            println!("the broker is killed after {} messages", sent.load(Relaxed));
            sleep(Duration::from_millis(millis)).await;
            redis.run().await?;
            println!("the broker runs again after {millis} ms");
        }
        let heard = || members.iter().map(|m| m.count.load(Relaxed)).sum::<usize>();
        let mut last = (heard(), Instant::now());
        while sent.load(Relaxed) < total || last.1.elapsed() < LOST + Duration::from_secs(1) {
            sleep(Duration::from_millis(20)).await;
            if heard() != last.0 {
                last = (heard(), Instant::now());
            }
        }
        let seconds = last.1.duration_since(begin).as_secs_f64();
        let _ = over.send(true);
        self.report(total, seconds, &members);
        let after: Option<Vec<_>> = workers.iter().map(Served::used).collect();
        if let (Some(before), Some(after)) = (before, after) {
            for (number, (before, after)) in before.iter().zip(after).enumerate() {
                let cpu = after.cpu - before.cpu;
                println!(
                    "worker {}: {cpu:.1} CPU seconds, its memory went from {} to {} KiB",
                    number + 1,
                    before.rss,
                    after.rss
                );
            }
        }
        Ok(())
    }

    fn report(&self, total: usize, seconds: f64, members: &[Arc<Member>]) {
        let mut refused = BTreeSet::new();
        for member in members {
            refused.extend(member.lock().refused.iter().copied());
        }
        let said: Vec<_> = (0..total).filter(|n| !refused.contains(n)).collect();
        let seen = |member: &Member, number: usize| member.seen[number].load(Relaxed);
        let (mut once, mut never, mut twice) = (0, 0, 0);
        let mut worst = 0;
        let mut lost = BTreeSet::new();
        for member in members {
            let mut missed = 0;
            for &number in &said {
                match seen(member, number) {
                    0 => {
                        missed += 1;
                        lost.insert(number);
                    }
                    1 => once += 1,
                    _ => twice += 1,
                }
            }
            never += missed;
            worst = worst.max(missed);
        }
        let all = |number: &&usize| members.iter().all(|member| seen(member, **number) == 0);
        let nobody = lost.iter().filter(all).count();
        let in_spite = refused
            .iter()
            .filter(|n| members.iter().any(|member| seen(member, **n) > 0))
            .count();
        let open = members
            .iter()
            .filter(|member| member.open.load(Relaxed))
            .count();
        println!(
            "{total} messages by {} speakers, {} members on two workers, {seconds:.1} s: {:.0} deliveries a second",
            2 * self.speakers,
            members.len(),
            (once + twice) as f64 / seconds
        );
        println!("{open} of {} are still connected", members.len());
        println!(
            "{} refused to their speakers, {} said",
            refused.len(),
            said.len()
        );
        println!(
            "of {} deliveries: {once} once, {twice} more than once, {never} never",
            said.len() * members.len()
        );
        if never > 0 {
            println!(
                "{} messages did not reach somebody, {nobody} of them reached nobody; a member missed at most {worst}",
                lost.len()
            );
        }
        if !refused.is_empty() {
            println!("{in_spite} of the refused were heard all the same: only the answer was lost");
        }
    }
}

/// Somebody who listens, and may speak.
struct Member {
    /// How often it has heard each message.
    seen: Vec<AtomicUsize>,
    /// How many it has heard.
    count: AtomicUsize,
    open: AtomicBool,
    /// How many of its own may go out.
    free: Semaphore,
    own: Mutex<Own>,
    window: usize,
}

/// What became of a speaker's own messages.
#[derive(Default)]
struct Own {
    under_way: BTreeSet<usize>,
    refused: BTreeSet<usize>,
}

impl Member {
    fn new(total: usize, window: usize) -> Self {
        Member {
            seen: (0..total).map(|_| AtomicUsize::new(0)).collect(),
            count: AtomicUsize::new(0),
            open: AtomicBool::new(true),
            free: Semaphore::new(window),
            own: Mutex::default(),
            window,
        }
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Own> {
        self.own.lock().expect("nobody panics with the lock")
    }

    /// Hears a text, and says whether it was a refusal.
    fn hear(&self, text: &str) -> bool {
        let number = text
            .split_once(MARK)
            .and_then(|(_, rest)| rest.parse::<usize>().ok());
        let Some(number) = number.filter(|number| *number < self.seen.len()) else {
            return false;
        };
        let refused = text.starts_with("! not sent: ");
        let mut own = self.lock();
        if refused {
            own.refused.insert(number);
        } else {
            self.seen[number].fetch_add(1, Relaxed);
            self.count.fetch_add(1, Relaxed);
        }
        if own.under_way.remove(&number) {
            self.free.add_permits(1);
        }
        refused
    }

    /// Waits until another message may go out.
    async fn may_speak(&self) {
        if let Ok(permit) = timeout(LOST, self.free.acquire()).await {
            permit.expect("nobody closes it").forget();
            return;
        }
        // Nothing comes back of what is under way.
        let lost = std::mem::take(&mut self.lock().under_way).len();
        self.free.add_permits(lost.min(self.window));
        if let Ok(permit) = self.free.acquire().await {
            permit.forget();
        }
    }
}

/// Listens until it is over, and says its messages.
async fn talk(
    socket: Socket,
    member: &Arc<Member>,
    numbers: std::ops::Range<usize>,
    sent: &AtomicUsize,
    mut over: watch::Receiver<bool>,
) {
    let (mut sink, mut stream) = socket.split();
    let refusals = Arc::new(AtomicUsize::new(0));
    let (listener, counted) = (Arc::clone(member), Arc::clone(&refusals));
    tokio::spawn(async move {
        while let Some(Ok(message)) = stream.next().await {
            if let Message::Text(text) = message
                && listener.hear(&text)
            {
                counted.fetch_add(1, Relaxed);
            }
        }
        listener.open.store(false, Relaxed);
    });
    let mut known = 0;
    for number in numbers {
        member.may_speak().await;
        let refused = refusals.load(Relaxed);
        if refused > known {
            known = refused;
            sleep(REFUSED).await;
        }
        member.lock().under_way.insert(number);
        let said = sink.send(Message::text(format!("{MARK}{number}"))).await;
        sent.fetch_add(1, Relaxed);
        if said.is_err() {
            return;
        }
    }
    // Its half of the socket stays until everybody is done.
    let _ = over.wait_for(|over| *over).await;
}

/// Waits until a worker hears its bus.
async fn is_ready(worker: &Served) -> Result<()> {
    for _ in 0..100 {
        // An HTTP client for one line of an answer would be another dependency.
        let mut stream = TcpStream::connect(&worker.address).await?;
        let request = format!(
            "GET /ready HTTP/1.1\r\nhost: {}\r\nconnection: close\r\n\r\n",
            worker.address
        );
        tokio::io::AsyncWriteExt::write_all(&mut stream, request.as_bytes()).await?;
        let mut answer = String::new();
        tokio::io::AsyncReadExt::read_to_string(&mut stream, &mut answer).await?;
        if answer.starts_with("HTTP/1.1 200") {
            return Ok(());
        }
        sleep(Duration::from_millis(50)).await;
    }
    anyhow::bail!(
        "{} does not get ready: does it reach its bus?",
        worker.address
    )
}

/// A Redis of our own, which keeps nothing.
struct Redis {
    port: u16,
    process: Option<Child>,
}

impl Redis {
    async fn start() -> Result<Self> {
        let port = std::net::TcpListener::bind("127.0.0.1:0")?
            .local_addr()?
            .port();
        let mut redis = Redis {
            port,
            process: None,
        };
        redis.run().await?;
        Ok(redis)
    }

    fn url(&self) -> String {
        format!("redis://127.0.0.1:{}", self.port)
    }

    async fn run(&mut self) -> Result<()> {
        let port = self.port.to_string();
        let mut command = Command::new("redis-server");
        command
            .args(["--bind", "127.0.0.1", "--port", &port])
            .args(["--save", "", "--appendonly", "no"])
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .kill_on_drop(true);
        let process = command
            .spawn()
            .context("could not start redis-server; --redis names one that runs")?;
        self.process = Some(process);
        for _ in 0..100 {
            if TcpStream::connect(("127.0.0.1", self.port)).await.is_ok() {
                return Ok(());
            }
            sleep(Duration::from_millis(20)).await;
        }
        anyhow::bail!("redis-server does not answer on port {port}")
    }

    async fn kill(&mut self) -> Result<()> {
        if let Some(mut process) = self.process.take() {
            process
                .kill()
                .await
                .context("could not kill redis-server")?;
        }
        Ok(())
    }
}
