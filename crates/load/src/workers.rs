//! Whether everybody on two workers hears everything once, also when their broker is killed in the middle.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::PathBuf,
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering::Relaxed},
    },
    time::{Duration, Instant},
};

use anyhow::{Context, Result, bail, ensure};
use checks::broker::{Broker, Kind};
use clap::{Args, ValueEnum};
use futures_util::{SinkExt, StreamExt};
use tokio::{
    net::TcpStream,
    sync::{Semaphore, watch},
    task::block_in_place,
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
    /// Which broker to start, on a free port
    #[arg(long, value_enum, default_value_t = Which::Redis)]
    broker: Which,
    /// A broker that runs already, such as redis://127.0.0.1:6379
    #[arg(long, value_name = "URL", conflicts_with_all = ["kill", "broker"])]
    bus: Option<String>,
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
    #[arg(long, value_name = "MS")]
    kill: Option<u64>,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Which {
    Redis,
    Nats,
    Rabbitmq,
}

impl Which {
    fn kind(self) -> Kind {
        match self {
            Which::Redis => Kind::Redis,
            Which::Nats => Kind::Nats,
            Which::Rabbitmq => Kind::RabbitMq,
        }
    }
}

impl Workers {
    pub async fn run(self) -> Result<()> {
        ensure!(
            (1..=self.members).contains(&self.speakers),
            "of {} members on each worker {} cannot speak",
            self.members,
            self.speakers
        );
        ensure!(
            self.messages >= 2 * self.speakers,
            "{} speakers want at least one message each",
            2 * self.speakers
        );
        let mut broker = None;
        let url = match &self.bus {
            Some(url) => url.clone(),
            None => {
                let ours = block_in_place(|| Broker::start_ours(self.broker.kind()))
                    .context("--bus names a broker that runs already")?;
                println!("{ours}");
                broker.insert(ours).url().to_owned()
            }
        };
        let target = Target {
            program: self.program.clone(),
            path: self.path.clone(),
            tls: false,
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
        let speaking = Arc::new(AtomicUsize::new(speakers));
        // Says what the end is: nobody has heard anything for a while.
        let (over, is_over) = watch::channel(false);
        // Whoever comes later is promised nothing of what was said before.
        let mut sockets = vec![];
        for number in 0..2 * self.members {
            sockets.push(connect(&workers[number % 2], number).await?);
        }
        for (number, socket) in sockets.iter_mut().enumerate() {
            hears_the_last(socket, 2 * self.members - 1)
                .await
                .with_context(|| format!("member {number} does not hear that the last one came"))?;
        }
        let mut members = vec![];
        for (number, socket) in sockets.into_iter().enumerate() {
            let speaks = number / 2 < self.speakers;
            let numbers = match speaks {
                true => number * share..(number + 1) * share,
                false => 0..0,
            };
            let member = Arc::new(Member::new(total, self.in_flight));
            members.push(Arc::clone(&member));
            let (sent, is_over) = (Arc::clone(&sent), is_over.clone());
            let done = speaks.then(|| Arc::clone(&speaking));
            tokio::spawn(async move { talk(socket, &member, numbers, &sent, done, is_over).await });
        }
        let before: Option<Vec<_>> = workers.iter().map(Served::used).collect();
        let begin = Instant::now();
        if let Some(millis) = self.kill {
            let broker = broker.as_mut().context("only a broker of ours is killed")?;
            while sent.load(Relaxed) < total / 2 {
                ensure!(
                    speaking.load(Relaxed) > 0,
                    "every speaker was cut off before half of the messages were said"
                );
                sleep(Duration::from_millis(1)).await;
            }
            block_in_place(|| broker.stop());
            let killed = Instant::now();
            println!("the broker is killed after {} messages", sent.load(Relaxed));
            sleep(Duration::from_millis(millis)).await;
            block_in_place(|| broker.restart())?;
            println!(
                "the broker runs again after {:.1} s",
                killed.elapsed().as_secs_f64()
            );
        }
        let heard = || members.iter().map(|m| m.count.load(Relaxed)).sum::<usize>();
        let mut last = (heard(), Instant::now());
        while speaking.load(Relaxed) > 0 || last.1.elapsed() < LOST + Duration::from_secs(1) {
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
        let (mut refused, mut unsaid) = (BTreeSet::new(), BTreeSet::new());
        for member in members {
            let own = member.lock();
            refused.extend(own.refused.iter().copied());
            unsaid.extend(own.unsaid.clone());
        }
        let said: Vec<_> = (0..total)
            .filter(|n| !refused.contains(n) && !unsaid.contains(n))
            .collect();
        let seen = |member: &Member, number: usize| member.seen[number].load(Relaxed);
        let (mut once, mut never, mut twice) = (0, 0, 0);
        // Those of the first worker have even numbers.
        let mut missed_by = BTreeMap::<_, usize>::new();
        for &number in &said {
            let mut missed = [0; 2];
            for (place, member) in members.iter().enumerate() {
                match seen(member, number) {
                    0 => missed[place % 2] += 1,
                    1 => once += 1,
                    _ => twice += 1,
                }
            }
            never += missed[0] + missed[1];
            let by = match missed.map(|missed| missed == self.members) {
                [true, true] => "by everybody",
                [true, false] if missed[1] == 0 => "by all of worker 1",
                [false, true] if missed[0] == 0 => "by all of worker 2",
                _ => "by some",
            };
            if missed != [0, 0] {
                *missed_by.entry(by).or_default() += 1;
            }
        }
        let in_spite = refused
            .iter()
            .filter(|n| members.iter().any(|member| seen(member, **n) > 0))
            .count();
        println!(
            "{total} messages by {} speakers, {} members on two workers, {seconds:.1} s: {:.0} deliveries a second",
            2 * self.speakers,
            members.len(),
            (once + twice) as f64 / seconds
        );
        let ends: Vec<_> = members.iter().map(|member| member.lock().end).collect();
        let open = ends.iter().filter(|end| end.is_none()).count();
        println!("{open} of {} are still connected", members.len());
        for (place, end) in ends.iter().enumerate() {
            if let Some(code) = end {
                println!("member {place} was cut off with {code}");
            }
        }
        println!(
            "{} refused to their speakers, {} said",
            refused.len(),
            said.len()
        );
        if !unsaid.is_empty() {
            println!(
                "{} never said, since their speaker was cut off",
                unsaid.len()
            );
        }
        println!(
            "of {} deliveries: {once} once, {twice} more than once, {never} never",
            said.len() * members.len()
        );
        for (by, count) in missed_by {
            println!("{count} messages were missed {by}");
        }
        order(members);
        if !refused.is_empty() {
            println!("{in_spite} of the refused were heard all the same: only the answer was lost");
        }
    }
}

/// Says whether all have heard in one order what all have heard.
fn order(members: &[Arc<Member>]) {
    let by_all = |number: &usize| members.iter().all(|m| m.seen[*number].load(Relaxed) == 1);
    let heard = members.iter().map(|member| {
        let heard = &member.lock().heard;
        heard.iter().copied().filter(by_all).collect::<Vec<_>>()
    });
    let mut orders = BTreeMap::<_, usize>::new();
    for heard in heard {
        *orders.entry(heard).or_default() += 1;
    }
    let mut orders = orders.into_iter();
    let (Some((one, first)), other) = (orders.next(), orders.next()) else {
        return;
    };
    let Some((other, second)) = other else {
        return println!("all {first} members heard one order");
    };
    let mut places = vec![0; one.iter().max().map_or(0, |most| most + 1)];
    for (place, number) in one.iter().enumerate() {
        places[*number] = place;
    }
    let around = other
        .windows(2)
        .filter(|two| places[two[0]] > places[two[1]])
        .count();
    println!(
        "{} orders were heard: one by {first} members, another by {second}; {around} of {} neighbours stand the other way round in these two",
        2 + orders.count(),
        other.len().saturating_sub(1)
    );
}

/// Somebody who listens, and may speak.
struct Member {
    /// How often it has heard each message.
    seen: Vec<AtomicUsize>,
    /// How many it has heard.
    count: AtomicUsize,
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
    /// What it could not even say.
    unsaid: std::ops::Range<usize>,
    /// What it has heard, of everybody, in its order.
    heard: Vec<usize>,
    /// The close code, once its connection has ended.
    end: Option<u16>,
}

impl Member {
    fn new(total: usize, window: usize) -> Self {
        Member {
            seen: (0..total).map(|_| AtomicUsize::new(0)).collect(),
            count: AtomicUsize::new(0),
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
            own.heard.push(number);
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
    speaking: Option<Arc<AtomicUsize>>,
    mut over: watch::Receiver<bool>,
) {
    let (mut sink, mut stream) = socket.split();
    let refusals = Arc::new(AtomicUsize::new(0));
    let (listener, counted) = (Arc::clone(member), Arc::clone(&refusals));
    tokio::spawn(async move {
        // No frame: 1006, as a browser would say.
        let mut code = 1006;
        while let Some(Ok(message)) = stream.next().await {
            match message {
                Message::Text(text) if listener.hear(&text) => {
                    counted.fetch_add(1, Relaxed);
                }
                Message::Close(close) => code = close.map_or(1005, |close| close.code.into()),
                _ => {}
            }
        }
        listener.lock().end = Some(code);
    });
    let mut known = 0;
    let last = numbers.end;
    for number in numbers {
        member.may_speak().await;
        let refused = refusals.load(Relaxed);
        if refused > known {
            known = refused;
            sleep(REFUSED).await;
        }
        member.lock().under_way.insert(number);
        let said = sink.send(Message::text(format!("{MARK}{number}"))).await;
        if said.is_err() {
            member.lock().unsaid = number..last;
            break;
        }
        sent.fetch_add(1, Relaxed);
    }
    if let Some(speaking) = speaking {
        speaking.fetch_sub(1, Relaxed);
    }
    // Its half of the socket stays until everybody is done.
    let _ = over.wait_for(|over| *over).await;
}

/// Waits until a member has heard that the last one came: then it is in, and whatever writes to it runs.
async fn hears_the_last(socket: &mut Socket, last: usize) -> Result<()> {
    let joined = format!("-> m{last} joined");
    let hears = async {
        while let Some(message) = socket.next().await {
            if matches!(message?, Message::Text(text) if text.as_str() == joined) {
                return Ok(());
            }
        }
        bail!("its connection has ended")
    };
    timeout(LOST, hears).await?
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
    bail!(
        "{} does not get ready: does it reach its bus?",
        worker.address
    )
}
