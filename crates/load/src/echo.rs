//! How many messages a second come back.

use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use clap::Args;
use futures_util::{SinkExt, StreamExt, future::try_join_all};
use tokio_tungstenite::tungstenite::Message;

use crate::{
    Target,
    clients::{Socket, connect_many},
    server::Served,
};

#[derive(Args)]
pub struct Echo {
    #[command(flatten)]
    target: Target,
    /// How many connections, each with one message under way
    #[arg(long, default_value_t = 50)]
    connections: usize,
    /// For how long
    #[arg(long, default_value_t = 5)]
    seconds: u64,
}

impl Echo {
    pub async fn run(self) -> Result<()> {
        let server = Served::start(&self.target).await?;
        let sockets = connect_many(&server, 0..self.connections).await?;
        let before = server.used();
        let begin = Instant::now();
        let end = begin + Duration::from_secs(self.seconds);
        let counts = try_join_all(
            sockets
                .into_iter()
                .map(|socket| tokio::spawn(talk(socket, end))),
        )
        .await?;
        let count: usize = counts.into_iter().sum::<Result<usize>>()?;
        let seconds = begin.elapsed().as_secs_f64();
        println!(
            "{count} echoes in {seconds:.1} s: {:.0} a second",
            count as f64 / seconds
        );
        if let (Some(before), Some(after)) = (before, server.used()) {
            println!(
                "{:.0} for each CPU second of the server",
                count as f64 / (after.cpu - before.cpu)
            );
        }
        Ok(())
    }
}

async fn talk(mut socket: Socket, end: Instant) -> Result<usize> {
    let text = Message::text("x".repeat(64));
    let mut count = 0;
    while Instant::now() < end {
        socket.send(text.clone()).await?;
        socket.next().await.context("the server hung up")??;
        count += 1;
    }
    Ok(count)
}
