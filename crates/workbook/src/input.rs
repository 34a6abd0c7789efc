//! The end of standard input, which ends the workbook if there is somebody at the other end.

use std::{
    io::{self, IsTerminal, Read},
    thread,
    time::{Duration, Instant},
};

use tokio::sync::oneshot;

/// Resolves when standard input has ended; never, when its end means nothing.
///
/// A terminal or a pipe has somebody who can end it. `/dev/null`, a file or a closed input is how services
/// and CI jobs are started: it is at its end from the beginning, and that is no wish to stop.
pub async fn end() {
    if !has_somebody() {
        return std::future::pending().await;
    }
    let (ended, end) = oneshot::channel();
    // A thread and not tokio's own standard input: that one keeps the runtime from ending until a line is typed.
    thread::spawn(move || {
        let mut unread = [0; 1024];
        let mut input = io::stdin().lock();
        let start = Instant::now();
        loop {
            match input.read(&mut unread) {
                // Windows does not tell a pipe from NUL, which is at its end from the beginning.
                Ok(0) if cfg!(windows) && start.elapsed() < Duration::from_secs(1) => {
                    return thread::park();
                }
                Ok(0) => break,
                Ok(_) => {}
                Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
                // Unreadable is not ended: a background process whose terminal has gone, for example.
                Err(_) => return thread::park(),
            }
        }
        let _ = ended.send(());
    });
    if end.await.is_err() {
        std::future::pending().await
    }
}

#[cfg(unix)]
fn has_somebody() -> bool {
    use std::{
        fs::File,
        os::{fd::AsFd, unix::fs::FileTypeExt},
    };

    let stdin = io::stdin();
    if stdin.is_terminal() {
        // Reading the terminal from the background (`cargo workbook &`) would stop the whole process.
        let foreground = rustix::termios::tcgetpgrp(stdin.as_fd());
        return foreground.is_ok_and(|group| group == rustix::process::getpgrp());
    }
    let Ok(copy) = stdin.as_fd().try_clone_to_owned() else {
        return false;
    };
    let kind = File::from(copy).metadata().map(|data| data.file_type());
    kind.is_ok_and(|kind| kind.is_fifo() || kind.is_socket())
}

#[cfg(not(unix))]
fn has_somebody() -> bool {
    true
}
