//! Whether everybody is told when the server goes.

use std::{
    collections::BTreeMap,
    time::{Duration, Instant},
};

use anyhow::Result;
use clap::Args;
use futures_util::{StreamExt, future::join_all};
use tokio_tungstenite::tungstenite::Message;

use crate::{
    Target,
    clients::{Socket, connect_many},
    server::Served,
};

#[derive(Args)]
pub struct ShutDown {
    #[command(flatten)]
    target: Target,
    /// How many connections
    #[arg(long, default_value_t = 1000)]
    connections: usize,
}

impl ShutDown {
    pub async fn run(self) -> Result<()> {
        let mut server = Served::start(&self.target).await?;
        let sockets = connect_many(&server, 0..self.connections).await?;
        let ends = sockets.into_iter().map(|socket| tokio::spawn(end(socket)));
        let ends: Vec<_> = ends.collect();
        tokio::time::sleep(Duration::from_millis(200)).await;
        let begin = Instant::now();
        server.terminate().await?;
        let mut counts = BTreeMap::new();
        for end in join_all(ends).await {
            *counts.entry(end?).or_insert(0) += 1;
        }
        let gone = server.gone(Duration::from_secs(30)).await?;
        for (end, count) in counts {
            println!("{count:>6}  {end}");
        }
        let how = if gone {
            "with exit code 0"
        } else {
            "with an error"
        };
        println!(
            "the server was gone after {:.2} s, {how}",
            begin.elapsed().as_secs_f64()
        );
        Ok(())
    }
}

/// How a connection ended, as its client saw it.
async fn end(mut socket: Socket) -> String {
    let mut code = None;
    loop {
        match socket.next().await {
            Some(Ok(Message::Close(frame))) => {
                code = Some(frame.map_or(1005, |frame| frame.code.into()))
            }
            Some(Ok(_)) => {}
            // Over TLS the end of a stream that is dropped is an error, although the Close before it has said everything.
            Some(Err(error)) => {
                return match code {
                    Some(code) => format!("{code}, and then {error}"),
                    None => format!("1006: {error}"),
                };
            }
            None => return format!("{}, and the handshake was completed", code.unwrap_or(1006)),
        }
    }
}
