//! publishes_on_the_subscribed_connection: one connection for both. The types of `redis` do not allow it, and clients of other languages, or of one's own, do.

use std::sync::Arc;

use futures_util::{FutureExt, StreamExt, future::BoxFuture, stream};
use solution_04::{Away, Bus, Heard};
use tokio::{
    io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader},
    net::{
        TcpStream,
        tcp::{OwnedReadHalf, OwnedWriteHalf},
    },
    sync::{Mutex, mpsc},
};

pub use solution_04::app;

struct Redis {
    address: String,
    channel: String,
    connection: Mutex<Option<(OwnedWriteHalf, mpsc::Receiver<bool>)>>,
}

/// Reads one value: a word of it that says what it is, and its text if it is a message.
async fn read(from: &mut BufReader<OwnedReadHalf>) -> Option<Vec<String>> {
    let mut left = 1;
    let mut parts = vec![];
    while left > 0 {
        left -= 1;
        let mut line = String::new();
        from.read_line(&mut line)
            .await
            .ok()
            .filter(|read| *read > 0)?;
        let value = line.trim_end();
        match (value.chars().next()?, value[1..].parse::<usize>()) {
            ('*', Ok(count)) => left += count,
            ('$', Ok(length)) => {
                let mut bytes = vec![0; length + 2];
                from.read_exact(&mut bytes).await.ok()?;
                parts.push(String::from_utf8_lossy(&bytes[..length]).into_owned());
            }
            _ => parts.push(value.to_owned()),
        }
    }
    Some(parts)
}

fn command(words: [&str; 3]) -> String {
    let words = words.iter().filter(|word| !word.is_empty());
    let words: Vec<_> = words
        .map(|word| format!("${}\r\n{word}\r\n", word.len()))
        .collect();
    format!("*{}\r\n{}", words.len(), words.concat())
}

impl Bus for Redis {
    fn subscribe(&self) -> BoxFuture<'_, Result<Heard, Away>> {
        async {
            let (from, mut to) = TcpStream::connect(&self.address).await?.into_split();
            let mut from = BufReader::new(from);
            to.write_all(command(["SUBSCRIBE", &self.channel, ""]).as_bytes())
                .await?;
            read(&mut from).await.ok_or(Away("no answer".into()))?;
            let (answer, answers) = mpsc::channel(8);
            *self.connection.lock().await = Some((to, answers));
            let next =
                async |(mut from, answer): (BufReader<OwnedReadHalf>, mpsc::Sender<bool>)| {
                    loop {
                        let parts = read(&mut from).await?;
                        match parts.as_slice() {
                            [kind, _, text] if kind == "message" => {
                                return Some((text.clone(), (from, answer)));
                            }
                            other => {
                                let ok = other.first().is_some_and(|part| part.starts_with(':'));
                                let _ = answer.send(ok).await;
                            }
                        }
                    }
                };
            Ok(stream::unfold((from, answer), next).boxed())
        }
        .boxed()
    }

    // ANCHOR: wrong
    fn publish<'a>(&'a self, text: &'a str) -> BoxFuture<'a, Result<(), Away>> {
        async move {
            let mut connection = self.connection.lock().await;
            let away = || Away("no connection".into());
            let (to, answers) = connection.as_mut().ok_or_else(away)?;
            let publish = command(["PUBLISH", &self.channel, text]);
            to.write_all(publish.as_bytes()).await?;
            match answers.recv().await {
                Some(true) => Ok(()),
                _ => Err(Away("ERR Can't execute 'publish' in this context".into())),
            }
        }
        .boxed()
    }
    // ANCHOR_END: wrong
}

pub fn connect(url: &str, channel: &str) -> Result<Arc<dyn Bus>, Away> {
    let Some(address) = url.strip_prefix("redis://") else {
        return solution_04::connect(url, channel);
    };
    Ok(Arc::new(Redis {
        address: address.to_owned(),
        channel: channel.to_owned(),
        connection: Mutex::default(),
    }))
}
