//! Serves exercise 05 on 127.0.0.1:3005, or on the address that is given.

use std::{env, io, process, time::Duration};

use axum::serve::ListenerExt;
use exercise_05::{Config, app_with};
use tokio::net::TcpListener;

const USAGE: &str = "usage: exercise-05 [ADDRESS [ORIGIN …]]   serves; pages of these origins may come with a cookie, too
       exercise-05 token USER SECONDS    prints a token that is valid for so long";

#[tokio::main]
async fn main() -> io::Result<()> {
    // What the server logs with `tracing`, from INFO upwards.
    tracing_subscriber::fmt().with_writer(io::stderr).init();
    let mut config = Config::default();
    let arguments: Vec<_> = env::args().skip(1).collect();
    let arguments: Vec<_> = arguments.iter().map(String::as_str).collect();
    let address = match arguments[..] {
        [] => "127.0.0.1:3005",
        ["token", user, seconds] => match seconds.parse() {
            Ok(seconds) => {
                // The key is the published one, so it gives nothing away to print what it signs.
                println!("{}", config.key.sign(user, Duration::from_secs(seconds)));
                return Ok(());
            }
            Err(_) => fail(&format!("'{seconds}' is not a number of seconds\n{USAGE}")),
        },
        ["token", ..] => fail(USAGE),
        [address, ref origins @ ..] => {
            config
                .origins
                .extend(origins.iter().map(|origin| (*origin).to_owned()));
            address
        }
    };
    let listener = TcpListener::bind(address).await.unwrap_or_else(|error| {
        fail(&format!("cannot listen on {address}: {error}; another address can be given as an argument\n{USAGE}"))
    });
    println!("exercise 05 listens on http://{}", listener.local_addr()?);
    // axum leaves Nagle's algorithm on, which delays small messages.
    let listener = listener.tap_io(|tcp| drop(tcp.set_nodelay(true)));
    axum::serve(listener, app_with(config)).await
}

fn fail(why: &str) -> ! {
    eprintln!("{why}");
    process::exit(1)
}
