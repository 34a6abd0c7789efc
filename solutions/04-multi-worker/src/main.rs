//! Serves one worker of the solution of chapter 04 on 127.0.0.1:3004, or on the address that is given, on the bus that is given.

use std::{env, io, process};

use axum::serve::ListenerExt;
use tokio::net::TcpListener;

const USAGE: &str = "\
usage: solution-04 [ADDRESS] [--bus URL] [--channel NAME]
  ADDRESS         where to listen: 127.0.0.1:3004
  --bus URL       what the workers share: redis://127.0.0.1:6379, or memory: for a worker that is alone
  --channel NAME  where on that bus: chat
";

#[tokio::main]
async fn main() -> io::Result<()> {
    let [mut address, mut url, mut channel] =
        ["127.0.0.1:3004", "memory:", "chat"].map(String::from);
    let mut args = env::args().skip(1);
    while let Some(arg) = args.next() {
        let value = match arg.as_str() {
            "--bus" => &mut url,
            "--channel" => &mut channel,
            "--help" | "-h" => {
                print!("{USAGE}");
                return Ok(());
            }
            option if option.starts_with('-') => {
                fail(&format!("unknown option '{option}'\n{USAGE}"))
            }
            _ => {
                address = arg;
                continue;
            }
        };
        *value = args
            .next()
            .unwrap_or_else(|| fail(&format!("{arg} wants a value\n{USAGE}")));
    }
    let bus = solution_04::connect(&url, &channel)
        .unwrap_or_else(|error| fail(&format!("--bus: {error}")));
    let listener = TcpListener::bind(&address).await.unwrap_or_else(|error| {
        fail(&format!(
            "cannot listen on {address}: {error}; another address can be given as an argument"
        ))
    });
    println!("solution 04 listens on http://{}", listener.local_addr()?);
    // axum leaves Nagle's algorithm on, which delays small messages.
    let listener = listener.tap_io(|tcp| drop(tcp.set_nodelay(true)));
    axum::serve(listener, solution_04::app(bus)).await
}

fn fail(message: &str) -> ! {
    eprintln!("{message}");
    process::exit(2)
}
