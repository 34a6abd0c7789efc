//! Connections by the hundred.

use std::ops::Range;

use anyhow::{Context, Result};
use futures_util::{StreamExt, TryStreamExt, stream};
use tokio::net::TcpStream;
use tokio_rustls::client::TlsStream;
use tokio_tungstenite::{
    WebSocketStream, client_async_with_config, tungstenite::protocol::WebSocketConfig,
};
use tokio_util::either::Either;

use crate::server::Served;

/// A connection of ours.
pub type Socket = WebSocketStream<Either<TcpStream, TlsStream<TcpStream>>>;

/// How many handshakes are under way at once: fewer than a listen backlog holds.
const AT_ONCE: usize = 64;

/// Opens a connection. Its buffers are small: there will be many of them.
pub async fn connect(server: &Served, number: usize) -> Result<Socket> {
    let tcp = TcpStream::connect(&server.address)
        .await
        .context("could not connect; `ulimit -n`?")?;
    tcp.set_nodelay(true)?;
    let config = WebSocketConfig::default().read_buffer_size(4096);
    let url = server.url(number);
    let stream = match &server.trust {
        None => Either::Left(tcp),
        Some(trust) => Either::Right(trust.connect(tcp).await?),
    };
    let (socket, _) = client_async_with_config(&url, stream, Some(config))
        .await
        .with_context(|| format!("{url} refused the handshake"))?;
    Ok(socket)
}

/// Opens one for each of these numbers.
pub async fn connect_many(server: &Served, numbers: Range<usize>) -> Result<Vec<Socket>> {
    stream::iter(numbers)
        .map(|number| connect(server, number))
        .buffered(AT_ONCE)
        .try_collect()
        .await
}
