//! A server in a process of its own, which says where it listens, and ends with this.

use std::{
    ffi::OsStr,
    io::{BufRead, BufReader},
    path::Path,
    process::{Child, Command, Stdio},
};

use transcript::Server;

#[derive(Debug)]
pub(crate) struct Served {
    process: Child,
    pub(crate) address: Server,
}

impl Served {
    /// Starts `binary 127.0.0.1:0 ARGS`, with these variables in its environment.
    ///
    /// # Panics
    ///
    /// When it cannot be started, or prints something else first than a line with its URL.
    pub(crate) fn start<A: AsRef<OsStr>>(
        binary: &Path,
        args: &[A],
        settings: &[(&str, &str)],
    ) -> Self {
        let mut command = Command::new(binary);
        command
            .arg("127.0.0.1:0")
            .args(args)
            .envs(settings.iter().copied())
            .stdin(Stdio::null())
            .stdout(Stdio::piped());
        let binary = binary.display();
        let mut process = command
            .spawn()
            .unwrap_or_else(|error| panic!("{binary}: {error}"));
        let output = process.stdout.take().expect("it is piped");
        let mut line = String::new();
        BufReader::new(output)
            .read_line(&mut line)
            .expect("it can be read");
        let url = line
            .split_whitespace()
            .find(|word| word.starts_with("http"));
        let url = url.unwrap_or_else(|| panic!("{binary} does not say where it listens: {line}"));
        let address = Server::at(url).unwrap_or_else(|error| panic!("{error}"));
        Served { process, address }
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
