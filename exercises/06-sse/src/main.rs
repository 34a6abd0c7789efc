//! Serves exercise 06 on 127.0.0.1:3006, or on the address that is given, until Ctrl-C.

use std::{env, io, process, time::Duration};

use axum::serve::ListenerExt;
use tokio::net::TcpListener;

#[tokio::main]
async fn main() -> io::Result<()> {
    let address = env::args().nth(1).unwrap_or("127.0.0.1:3006".into());
    let listener = TcpListener::bind(&address).await.unwrap_or_else(|error| {
        eprintln!(
            "cannot listen on {address}: {error}; another address can be given as an argument"
        );
        process::exit(1)
    });
    println!("exercise 06 listens on http://{}", listener.local_addr()?);
    // axum leaves Nagle's algorithm on, which delays small messages.
    let listener = listener.tap_io(|tcp| drop(tcp.set_nodelay(true)));
    let stop = async { drop(tokio::signal::ctrl_c().await) };
    tokio::select! {
        () = exercise_06::serve(listener, stop) => {}
        // Somebody who does not read what we say keeps us no longer than this.
        () = deadline() => eprintln!("somebody did not let go within 15 s"),
    }
    Ok(())
}

async fn deadline() {
    let _ = tokio::signal::ctrl_c().await;
    tokio::time::sleep(Duration::from_secs(15)).await;
}
