//! The server in a process of its own, and what the kernel says of that process.

use std::{fs, path::Path, process::Stdio, time::Duration};

use anyhow::{Context, Result, bail, ensure};
use tokio::{
    io::{AsyncBufReadExt, BufReader},
    net::TcpStream,
    process::{Child, Command},
};

use crate::{Target, tls::Trust};

/// A server that was started here, and ends with this.
pub struct Served {
    process: Child,
    /// `127.0.0.1:port`.
    pub address: String,
    /// Set when that speaks TLS.
    pub trust: Option<Trust>,
    path: String,
}

/// What a process has used.
#[derive(Debug, Clone, Copy)]
pub struct Used {
    /// Processor time, in seconds.
    pub cpu: f64,
    /// Memory that is resident, in KiB.
    pub rss: u64,
    /// The most that ever was.
    pub peak: u64,
}

impl Served {
    /// Starts it on a free port.
    pub async fn start(target: &Target) -> Result<Self> {
        Self::start_with(target, &[]).await
    }

    /// The same with arguments behind the address.
    pub async fn start_with(target: &Target, args: &[&str]) -> Result<Self> {
        let mut command = if target.program.as_os_str() == "plain" {
            let mut command = Command::new(std::env::current_exe()?);
            command.arg("plain");
            command
        } else {
            ensure!(
                target.program.exists(),
                "there is no program {}: build it with `cargo build --release -p solution-NN`",
                target.program.display()
            );
            Command::new(&target.program)
        };
        command.arg("127.0.0.1:0");
        if target.tls {
            command.arg("127.0.0.1:0");
        }
        command
            .args(args)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .kill_on_drop(true);
        let program = target.program.display();
        let mut process = command
            .spawn()
            .with_context(|| format!("could not start {program}"))?;
        let output = process
            .stdout
            .take()
            .context("the server's output is piped")?;
        let mut lines = BufReader::new(output).lines();
        let (address, trust) = loop {
            let line = lines.next_line().await?;
            let line =
                line.with_context(|| format!("{program} ended without saying where it listens"))?;
            let url = line
                .split_whitespace()
                .find_map(|word| word.split_once("://"));
            let Some((_, address)) = url.filter(|(found, _)| !target.tls || *found == "https")
            else {
                continue;
            };
            let trust = if target.tls {
                let file = line.split_whitespace().last().unwrap_or_default();
                Some(Trust::in_file(Path::new(file))?)
            } else {
                None
            };
            break (address.trim_end_matches('/').to_owned(), trust);
        };
        // What it prints later must not fill its pipe.
        tokio::spawn(async move { while let Ok(Some(_)) = lines.next_line().await {} });
        for _ in 0..100 {
            if TcpStream::connect(&address).await.is_ok() {
                let path = target.path.clone();
                return Ok(Served {
                    process,
                    address,
                    trust,
                    path,
                });
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        bail!("{program} does not listen on {address}, although it says so")
    }

    /// The URL for the connection of this number.
    pub fn url(&self, number: usize) -> String {
        let path = self.path.replace("{name}", &format!("m{number}"));
        let scheme = if self.trust.is_some() { "wss" } else { "ws" };
        format!("{scheme}://{}{path}", self.address)
    }

    /// What it has used up to now; nothing where the system does not say.
    pub fn used(&self) -> Option<Used> {
        let id = self.process.id()?;
        let stat = fs::read_to_string(format!("/proc/{id}/stat")).ok()?;
        // Fields 14 and 15, counted behind the name in parentheses, in clock ticks of which Linux has 100 a second.
        let fields: Vec<_> = stat.rsplit_once(')')?.1.split_whitespace().collect();
        let ticks: u64 =
            fields.get(11)?.parse::<u64>().ok()? + fields.get(12)?.parse::<u64>().ok()?;
        let status = fs::read_to_string(format!("/proc/{id}/status")).ok()?;
        let memory = |name: &str| {
            let line = status.lines().find_map(|line| line.strip_prefix(name))?;
            line.split_whitespace().next()?.parse().ok()
        };
        Some(Used {
            cpu: ticks as f64 / 100.0,
            rss: memory("VmRSS:")?,
            peak: memory("VmHWM:")?,
        })
    }

    /// Asks it to go, as a deploy does.
    pub async fn terminate(&self) -> Result<()> {
        let id = self.process.id().context("the server has ended already")?;
        let status = Command::new("kill")
            .args(["-TERM", &id.to_string()])
            .status()
            .await;
        ensure!(
            status.context("there is no kill")?.success(),
            "the server could not be told to go"
        );
        Ok(())
    }

    /// Waits until it is gone.
    pub async fn gone(&mut self, patience: Duration) -> Result<bool> {
        match tokio::time::timeout(patience, self.process.wait()).await {
            Ok(status) => Ok(status?.success()),
            Err(_) => bail!("the server is still there after {} s", patience.as_secs()),
        }
    }
}
