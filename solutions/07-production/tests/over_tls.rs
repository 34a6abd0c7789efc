//! The binary serves wss:// as well, and says the same there.

use std::{
    io::{BufRead, BufReader},
    path::Path,
    process::{Child, Command, Stdio},
};

use checks::{PATIENCE, Subject};
use tokio_rustls::rustls::pki_types::{CertificateDer, pem::PemObject};
use transcript::Server;

/// The binary, which ends with this.
struct Served(Child);

impl Drop for Served {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[test]
fn the_binary_says_the_same_over_tls() {
    let mut command = Command::new(env!("CARGO_BIN_EXE_solution-07"));
    command.args(["127.0.0.1:0", "127.0.0.1:0"]);
    let mut served = Served(command.stdout(Stdio::piped()).spawn().unwrap());
    let output = BufReader::new(served.0.stdout.take().unwrap());
    let line = output
        .lines()
        .map(Result::unwrap)
        .find(|line| line.contains("https://"))
        .expect("it says where it listens");
    let url = line
        .split_whitespace()
        .find(|word| word.starts_with("https://"));
    let certificate = Path::new(line.split_whitespace().last().unwrap());
    let certificate = CertificateDer::from_pem_file(certificate).unwrap();

    let address = Server::at(url.unwrap()).unwrap();
    let stranger = Subject::At(address.clone());
    let friend = Subject::At(address.trusting(&[certificate]).unwrap());
    let chapter = &checks::ch07::CHAPTER;
    for name in ["a_text_comes_back", "what_is_published_is_heard"] {
        let conversation = chapter.conversation(name).unwrap();
        let played = checks::play(&friend, conversation, PATIENCE);
        assert_eq!(played.transcript, chapter.expected(conversation).unwrap());
    }
    let conversation = chapter.conversation("a_text_comes_back").unwrap();
    let played = checks::play(&stranger, conversation, PATIENCE);
    assert!(
        played.transcript.contains("! could not connect"),
        "whoever does not know the certificate connects to nobody:\n{}",
        played.transcript
    );
}
