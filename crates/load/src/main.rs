//! `cargo run --release -p load`: puts load on a server of the book, on this machine, and says what it cost.
//!
//! # Layout
//!
//! - `server`: the server in a process of its own, and what the kernel says of that process
//! - `clients`: connections by the hundred; `tls`: how they trust a certificate that nobody has signed
//! - `idle`, `echo`, `fan_out`, `shut_down`, `workers`: one measurement each

use std::path::PathBuf;

use anyhow::Result;
use clap::{Args, Parser, Subcommand};

mod clients;
mod echo;
mod fan_out;
mod idle;
mod plain;
mod server;
mod shut_down;
mod tls;
mod workers;

/// Puts load on a server of the book, on this machine, and says what it cost.
#[derive(Parser)]
#[command(after_help = EXAMPLES)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

const EXAMPLES: &str = "\
Examples, after `cargo build --release`:
  load idle target/release/solution-01 --path /ws/echo
  load idle plain                                      axum as it comes, to compare
  MAX_CONNECTIONS=20000 load idle target/release/solution-07 --path /ws/feed --tls
  load echo target/release/solution-01 --path /ws/echo
  load fan-out target/release/solution-03 --path /ws/chat/{name} --in-flight 32
  load fan-out target/release/solution-03 --path /ws/chat/{name} --deaf 10
  MAX_CONNECTIONS=2000 load fan-out target/release/solution-07 --path /ws/feed --publish /publish --deaf 1
  MAX_CONNECTIONS=2000 load shut-down target/release/solution-07 --path /ws/feed
  load workers target/release/solution-04
  load workers target/release/solution-04 --broker nats --kill 1000    (built with --features nats,rabbitmq)

The server is started on a free port of 127.0.0.1 and ended afterwards.
Figures per CPU second of the server are the ones to trust on a machine that does something else as well; they need Linux.
Many connections need many open files: `ulimit -n 20000`.
The server has the environment of `load`: RATE=1000000000 lets solution 07 echo as fast as it can.";

#[derive(Subcommand)]
enum Command {
    /// What a connection costs in memory when nobody says anything
    Idle(idle::Idle),
    /// How many messages a second come back
    Echo(echo::Echo),
    /// How many messages a second reach the members of a room
    FanOut(fan_out::FanOut),
    /// Whether everybody is told when the server goes
    ShutDown(shut_down::ShutDown),
    /// Whether everybody on two workers hears everything once, also when their broker is killed
    Workers(workers::Workers),
    /// Serves axum's echo with all its defaults, to compare with
    #[command(hide = true)]
    Plain { address: String },
}

/// The server to measure.
#[derive(Args)]
struct Target {
    /// The program of the server, which takes an address as its argument; or `plain`: axum with its defaults
    program: PathBuf,
    /// The path of its WebSocket; `{name}` becomes a name for each connection
    #[arg(long, default_value = "/ws")]
    path: String,
    /// Connects over TLS: to a server that takes a second address for that, and says which certificate to trust
    #[arg(long)]
    tls: bool,
}

#[tokio::main]
async fn main() -> Result<()> {
    match Cli::parse().command {
        Command::Idle(idle) => idle.run().await,
        Command::Echo(echo) => echo.run().await,
        Command::FanOut(fan_out) => fan_out.run().await,
        Command::ShutDown(shut_down) => shut_down.run().await,
        Command::Workers(workers) => workers.run().await,
        Command::Plain { address } => plain::serve(&address).await,
    }
}
