//! What a connection costs in memory when nobody says anything.

use std::time::Duration;

use anyhow::{Context, Result};
use clap::Args;

use crate::{Target, clients::connect_many, server::Served};

/// How many come before it is measured.
const FIRST: usize = 16;

#[derive(Args)]
pub struct Idle {
    #[command(flatten)]
    target: Target,
    /// How many connections
    #[arg(long, default_value_t = 10_000)]
    connections: usize,
}

impl Idle {
    pub async fn run(self) -> Result<()> {
        let server = Served::start(&self.target).await?;
        // The first few bring what is there once for all.
        let first = connect_many(&server, 0..FIRST).await?;
        let none = "the memory of a process is only told on Linux";
        let before = server.used().context(none)?;
        let sockets = connect_many(&server, FIRST..FIRST + self.connections).await?;
        tokio::time::sleep(Duration::from_secs(1)).await;
        let after = server.used().context(none)?;
        let each = (after.rss - before.rss) as f64 / sockets.len() as f64;
        println!("{} connections: {each:.1} KiB of RSS each", sockets.len());
        println!(
            "{:.0} µs of CPU for each handshake",
            (after.cpu - before.cpu) * 1e6 / sockets.len() as f64
        );
        drop(first);
        Ok(())
    }
}
