//! Serves the solution of chapter 07 on 127.0.0.1:3007 and, with TLS, on 127.0.0.1:3447, until Ctrl-C or SIGTERM.
//!
//! One argument is another address, without TLS; a second one is the address with TLS.
//! `MAX_CONNECTIONS` and `RATE` in the environment change these limits, `HEARTBEAT`, `PONG_GRACE` and `GOODBYE` these times, in seconds.

use std::{env, io, process, str::FromStr, time::Duration};

use solution_07::{Config, serve};
use tokio::net::TcpListener;

#[cfg(feature = "tls")]
mod tls;

#[tokio::main]
async fn main() -> io::Result<()> {
    let mut config = Config::default();
    config.max_connections = setting("MAX_CONNECTIONS").unwrap_or(config.max_connections);
    config.rate = setting("RATE").unwrap_or(config.rate);
    config.heartbeat = seconds("HEARTBEAT").unwrap_or(config.heartbeat);
    config.pong_grace = seconds("PONG_GRACE").unwrap_or(config.pong_grace);
    config.goodbye = seconds("GOODBYE").unwrap_or(config.goodbye);

    let mut arguments = env::args().skip(1);
    let (address, secure) = match (arguments.next(), arguments.next()) {
        (None, _) => ("127.0.0.1:3007".into(), Some("127.0.0.1:3447".into())),
        (Some(address), secure) => (address, secure),
    };
    let listener = bind(&address).await;
    println!("solution 07 listens on http://{}", listener.local_addr()?);
    #[cfg(feature = "tls")]
    if let Some(address) = secure {
        let tls = bind(&address).await;
        let address = tls.local_addr()?;
        let (acceptor, certificate) = tls::self_signed(address)?;
        println!(
            "solution 07 listens on https://{address} with the certificate {}",
            certificate.display()
        );
        serve(tls::Both::new(listener, tls, acceptor), config, stop()).await;
        return Ok(());
    }
    #[cfg(not(feature = "tls"))]
    if secure.is_some() {
        println!("for wss:// as well: --features tls");
    }
    // axum leaves Nagle's algorithm on, which delays small messages.
    let listener = axum::serve::ListenerExt::tap_io(listener, |tcp| drop(tcp.set_nodelay(true)));
    serve(listener, config, stop()).await;
    Ok(())
}

async fn bind(address: &String) -> TcpListener {
    TcpListener::bind(address).await.unwrap_or_else(|error| {
        eprintln!(
            "cannot listen on {address}: {error}; another address can be given as an argument"
        );
        process::exit(1)
    })
}

fn setting<T: FromStr>(name: &str) -> Option<T> {
    let value = env::var(name).ok()?;
    let Ok(value) = value.parse() else {
        eprintln!("{name} is '{value}', which is no number that fits");
        process::exit(1)
    };
    Some(value)
}

fn seconds(name: &str) -> Option<Duration> {
    let seconds = setting(name)?;
    let Ok(duration) = Duration::try_from_secs_f64(seconds) else {
        eprintln!("{name} is '{seconds}', which is no time to wait");
        process::exit(1)
    };
    Some(duration)
}

/// Ctrl-C at a terminal; SIGTERM from whatever runs servers: `kill`, systemd, a container.
async fn stop() {
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        let mut terminate = signal(SignalKind::terminate()).expect("a signal can be listened for");
        tokio::select! {
            _ = tokio::signal::ctrl_c() => {}
            _ = terminate.recv() => {}
        }
    }
    #[cfg(not(unix))]
    drop(tokio::signal::ctrl_c().await);
}
