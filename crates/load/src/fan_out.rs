//! How many messages a second reach the members of a room.

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering::Relaxed},
    },
    time::{Duration, Instant},
};

use anyhow::{Result, bail, ensure};
use clap::Args;
use futures_util::{SinkExt, StreamExt, stream::SplitSink};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    sync::Semaphore,
};
use tokio_tungstenite::tungstenite::Message;

use crate::{
    Target,
    clients::{Socket, connect, connect_many},
    server::Served,
};

/// How long a message may take to reach everybody.
const PATIENCE: Duration = Duration::from_secs(30);
/// How a message of ours can be told from the notices of a room.
const MARK: &str = "load-";

#[derive(Args)]
pub struct FanOut {
    #[command(flatten)]
    target: Target,
    /// How many members listen
    #[arg(long, default_value_t = 1000)]
    members: usize,
    /// How many more never read
    #[arg(long, default_value_t = 0)]
    deaf: usize,
    /// How many messages are sent
    #[arg(long, default_value_t = 500)]
    messages: usize,
    /// How many of them may be under way at once; 0 sends them as fast as the socket takes them
    #[arg(long, default_value_t = 1)]
    in_flight: usize,
    /// Publishes by POST to this path, one message a line, where the server's clients only listen
    #[arg(long)]
    publish: Option<String>,
    /// How long each is, at least
    #[arg(long, default_value_t = 64)]
    bytes: usize,
}

impl FanOut {
    pub async fn run(self) -> Result<()> {
        ensure!(self.members > 0, "a room without members hears nothing");
        let server = Served::start(&self.target).await?;
        let begin = Instant::now();
        let before = server.used();
        let sockets = connect_many(&server, 0..self.members).await?;
        let mut deaf = vec![];
        for number in 0..self.deaf {
            deaf.push(connect(&server, self.members + number).await?);
        }
        // Who speaks as one of them hears itself, too, and is no member that is counted.
        let mut speaker = match &self.publish {
            Some(path) => Speaker::by_post(&server, path).await?,
            None => Speaker::member(connect(&server, self.members + self.deaf).await?),
        };
        let joined = server.used();
        println!(
            "{} joined in {:.1} s",
            self.members + self.deaf,
            begin.elapsed().as_secs_f64()
        );
        if let (Some(before), Some(joined)) = (before, joined) {
            println!(
                "{:.2} CPU seconds of the server for that",
                joined.cpu - before.cpu
            );
        }

        // A message is through when the last member has it.
        let window = if self.in_flight == 0 {
            self.messages
        } else {
            self.in_flight
        };
        let free = Arc::new(Semaphore::new(window));
        let heard: Arc<Vec<AtomicUsize>> =
            Arc::new((0..self.messages).map(|_| AtomicUsize::new(0)).collect());
        let lost = Arc::new(AtomicUsize::new(0));
        let mut listeners = tokio::task::JoinSet::new();
        for socket in sockets {
            let (heard, free, lost) = (Arc::clone(&heard), Arc::clone(&free), Arc::clone(&lost));
            let members = self.members;
            listeners.spawn(async move { listen(socket, &heard, members, &free, &lost).await });
        }
        let begin = Instant::now();
        let mut number = 0;
        while number < self.messages {
            let Ok(permit) = tokio::time::timeout(PATIENCE, free.acquire()).await else {
                let reached = heard[number.saturating_sub(window)].load(Relaxed);
                bail!(
                    "everything stopped: {reached} of {} have message {}",
                    self.members,
                    number - window
                );
            };
            permit?.forget();
            let mut texts = vec![self.text(number)];
            while texts.len() < speaker.at_once() && number + texts.len() < self.messages {
                let Ok(permit) = free.try_acquire() else {
                    break;
                };
                permit.forget();
                texts.push(self.text(number + texts.len()));
            }
            number += texts.len();
            speaker.say(&texts).await?;
        }
        let finished = tokio::time::timeout(PATIENCE, async {
            while listeners.join_next().await.is_some() {}
        })
        .await;
        let seconds = begin.elapsed().as_secs_f64();
        let delivered: usize = heard.iter().map(|count| count.load(Relaxed)).sum();
        let wanted = self.members * self.messages;
        println!(
            "{delivered} of {wanted} delivered in {seconds:.2} s: {:.0} a second",
            delivered as f64 / seconds
        );
        println!("{} healthy members were put out", lost.load(Relaxed));
        if finished.is_err() {
            println!("and some wait still after {} s", PATIENCE.as_secs());
        }
        if let (Some(joined), Some(after)) = (joined, server.used()) {
            let cpu = after.cpu - joined.cpu;
            println!(
                "{:.0} for each CPU second of the server, which used {cpu:.2}",
                delivered as f64 / cpu
            );
            println!(
                "its memory went from {} to {} KiB, and was {} at most",
                joined.rss, after.rss, after.peak
            );
        }
        for (number, mut socket) in deaf.into_iter().enumerate() {
            let reads = tokio::time::timeout(PATIENCE, read_what_is_left(&mut socket));
            let found = reads.await.unwrap_or_else(|_| "no end of it".into());
            println!("deaf member {number} reads at last, and finds {found}");
        }
        Ok(())
    }
}

/// What there is for somebody who has not read for long.
async fn read_what_is_left(socket: &mut Socket) -> String {
    let mut count = 0;
    loop {
        let end = match socket.next().await {
            Some(Ok(Message::Text(_))) => {
                count += 1;
                continue;
            }
            Some(Ok(Message::Close(Some(close)))) => format!("a Close {}", close.code),
            Some(Ok(_)) => continue,
            Some(Err(error)) => error.to_string(),
            None => "the end".into(),
        };
        return format!("{count} messages, then {end}");
    }
}

impl FanOut {
    fn text(&self, number: usize) -> String {
        let filling = "x".repeat(self.bytes.saturating_sub(14));
        format!("{MARK}{number:08} {filling}")
    }
}

/// Who says what everybody is to hear.
enum Speaker {
    Member(SplitSink<Socket, Message>),
    Post { tcp: TcpStream, path: String },
}

impl Speaker {
    fn member(socket: Socket) -> Self {
        let (sink, mut stream) = socket.split();
        tokio::spawn(async move { while let Some(Ok(_)) = stream.next().await {} });
        Speaker::Member(sink)
    }

    async fn by_post(server: &Served, path: &str) -> Result<Self> {
        ensure!(
            server.trust.is_none(),
            "--publish and --tls do not go together: who publishes speaks without TLS"
        );
        let tcp = TcpStream::connect(&server.address).await?;
        tcp.set_nodelay(true)?;
        let path = path.to_owned();
        Ok(Speaker::Post { tcp, path })
    }

    /// How many texts go into one message of a member, or into one request.
    fn at_once(&self) -> usize {
        match self {
            Speaker::Member(_) => 1,
            Speaker::Post { .. } => 64,
        }
    }

    async fn say(&mut self, texts: &[String]) -> Result<()> {
        let text = texts.join("\n");
        match self {
            Speaker::Member(sink) => sink.send(Message::text(text)).await?,
            Speaker::Post { tcp, path } => {
                let length = text.len();
                let request = format!(
                    "POST {path} HTTP/1.1\r\nhost: load\r\ncontent-length: {length}\r\n\r\n{text}"
                );
                tcp.write_all(request.as_bytes()).await?;
                let mut response = vec![];
                while !response.ends_with(b"\r\n\r\n") {
                    let read = tcp.read_buf(&mut response).await?;
                    ensure!(read > 0, "the server hung up on whoever publishes");
                }
                let response = String::from_utf8_lossy(&response);
                ensure!(
                    response.starts_with("HTTP/1.1 204"),
                    "the server does not take what is published: {response}"
                );
            }
        }
        Ok(())
    }
}

/// Counts the messages that a member hears, until it has heard the last.
async fn listen(
    mut socket: Socket,
    heard: &[AtomicUsize],
    members: usize,
    free: &Semaphore,
    lost: &AtomicUsize,
) {
    while let Some(Ok(message)) = socket.next().await {
        let Message::Text(text) = message else {
            continue;
        };
        let number = text
            .split_once(MARK)
            .and_then(|(_, rest)| rest.get(..8)?.parse::<usize>().ok());
        let Some(number) = number else { continue };
        if heard[number].fetch_add(1, Relaxed) + 1 == members {
            free.add_permits(1);
        }
        if number + 1 == heard.len() {
            return;
        }
    }
    lost.fetch_add(1, Relaxed);
}
