//! What lies between workers and their broker: a network on which answers take their time or are lost, and a door behind which nobody is.

use std::{
    io,
    net::{Ipv4Addr, SocketAddr},
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicUsize, Ordering::Relaxed},
    },
    time::Duration,
};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    sync::mpsc,
    time::{Instant, sleep_until, timeout_at},
};

/// How much is carried at once.
const PIECE: usize = 16 * 1024;

/// A network before a Redis. It exists as long as the runtime on which it was made.
#[derive(Debug)]
pub(crate) struct Network {
    /// Where the Redis is found behind it.
    pub(crate) address: SocketAddr,
    opened: Arc<AtomicUsize>,
    loses: Arc<AtomicBool>,
}

impl Network {
    /// Answers come so late, and what Redis says to those who are subscribed comes at once.
    pub(crate) async fn late(broker: SocketAddr, by: Duration) -> io::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let network = Network {
            address: listener.local_addr()?,
            opened: Arc::default(),
            loses: Arc::default(),
        };
        let (opened, loses) = (Arc::clone(&network.opened), Arc::clone(&network.loses));
        tokio::spawn(async move {
            while let Ok((worker, _)) = listener.accept().await {
                opened.fetch_add(1, Relaxed);
                tokio::spawn(carry(worker, broker, by, Arc::clone(&loses)));
            }
        });
        Ok(network)
    }

    /// The next answer does not arrive: its connection ends instead. Redis has done by then what it was asked for.
    pub(crate) fn lose_an_answer(&self) {
        self.loses.store(true, Relaxed);
    }

    /// How many connections were opened so far.
    pub(crate) fn opened(&self) -> usize {
        self.opened.load(Relaxed)
    }
}

/// Carries what a worker and its broker say, until one of them ends the connection: then it has ended for both.
async fn carry(
    worker: TcpStream,
    broker: SocketAddr,
    by: Duration,
    loses: Arc<AtomicBool>,
) -> io::Result<()> {
    let broker = TcpStream::connect(broker).await?;
    worker.set_nodelay(true)?;
    broker.set_nodelay(true)?;
    let (mut asks, mut hears) = worker.into_split();
    let (mut answers, mut asked) = broker.into_split();
    let subscribed = AtomicBool::new(false);
    let (under_way, mut due) = mpsc::unbounded_channel();
    let there = async {
        let mut piece = vec![0; PIECE];
        loop {
            let count = asks.read(&mut piece).await?;
            if count == 0 {
                return Ok(());
            }
            // In RESP a name of a command is in one piece. A pattern is a subscription as well.
            if piece[..count].windows(9).any(|word| word == b"SUBSCRIBE") {
                subscribed.store(true, Relaxed);
            }
            asked.write_all(&piece[..count]).await?;
        }
    };
    let back = async {
        let mut piece = vec![0; PIECE];
        loop {
            let count = answers.read(&mut piece).await?;
            if count == 0 {
                return Ok(());
            }
            let late = match subscribed.load(Relaxed) {
                true => Duration::ZERO,
                false if loses.swap(false, Relaxed) => return Ok(()),
                false => by,
            };
            // Nobody is gone before this is: the two are dropped together.
            let _ = under_way.send((Instant::now() + late, piece[..count].to_vec()));
        }
    };
    let arrive = async {
        while let Some((when, piece)) = due.recv().await {
            sleep_until(when).await;
            hears.write_all(&piece).await?;
        }
        Ok(())
    };
    tokio::select! {
        end = there => end,
        end = back => end,
        end = arrive => end,
    }
}

/// Stands for so long where nobody is, and counts who comes: each is turned away at once.
pub(crate) async fn count_knocks(door: SocketAddr, time: Duration) -> io::Result<usize> {
    let listener = TcpListener::bind(door).await?;
    let end = Instant::now() + time;
    let mut knocks = 0;
    while let Ok(came) = timeout_at(end, listener.accept()).await {
        drop(came?);
        knocks += 1;
    }
    Ok(knocks)
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn ask(address: SocketAddr, question: &[u8]) -> io::Result<Duration> {
        let begin = Instant::now();
        let mut stream = TcpStream::connect(address).await?;
        stream.write_all(question).await?;
        let mut answer = vec![0; question.len()];
        stream.read_exact(&mut answer).await?;
        assert_eq!(answer, question);
        Ok(begin.elapsed())
    }

    /// A broker that says everything back.
    async fn echo() -> io::Result<SocketAddr> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let address = listener.local_addr()?;
        tokio::spawn(async move {
            while let Ok((mut stream, _)) = listener.accept().await {
                tokio::spawn(async move {
                    let (mut hears, mut says) = stream.split();
                    let _ = tokio::io::copy(&mut hears, &mut says).await;
                });
            }
        });
        Ok(address)
    }

    #[tokio::test]
    async fn answers_come_late_and_what_is_subscribed_to_does_not() -> io::Result<()> {
        let late = Duration::from_secs(2);
        let network = Network::late(echo().await?, late).await?;
        let far = network.address;
        let (answer, other, push) = tokio::join!(
            ask(far, b"PUBLISH"),
            ask(far, b"PUBLISH"),
            ask(far, b"$9\r\nSUBSCRIBE\r\n")
        );
        // Side by side, and not one behind the other.
        assert!((late..2 * late).contains(&answer?));
        assert!((late..2 * late).contains(&other?));
        assert!(push? < late);
        assert_eq!(network.opened(), 3);
        Ok(())
    }

    #[tokio::test]
    async fn one_answer_is_lost_and_its_connection_with_it() -> io::Result<()> {
        let network = Network::late(echo().await?, Duration::ZERO).await?;
        network.lose_an_answer();
        assert!(ask(network.address, b"SUBSCRIBE").await.is_ok());
        assert!(ask(network.address, b"PUBLISH").await.is_err());
        assert!(ask(network.address, b"PUBLISH").await.is_ok());
        Ok(())
    }

    #[tokio::test]
    async fn knocks_are_counted_and_turned_away() -> io::Result<()> {
        let door = echo().await?;
        assert!(count_knocks(door, Duration::ZERO).await.is_err());
        let free = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let door = free.local_addr()?;
        drop(free);
        let knock = async {
            tokio::time::sleep(Duration::from_millis(100)).await;
            let mut answers = vec![];
            for _ in 0..3 {
                answers.push(ask(door, b"PING").await.is_err());
            }
            answers
        };
        let (knocks, turned_away) = tokio::join!(count_knocks(door, Duration::from_secs(1)), knock);
        assert_eq!((knocks?, turned_away), (3, vec![true; 3]));
        Ok(())
    }
}
