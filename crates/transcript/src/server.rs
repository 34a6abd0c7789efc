//! Where the server is: in this process, or behind a TCP port.

use std::{fmt, io, net::SocketAddr, time::Duration};

use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::TcpStream,
};

use crate::memory::{MemoryDialer, MemoryStream};

/// How long a TCP connection, and a TLS handshake on it, may take.
const PATIENCE: Duration = Duration::from_secs(5);

/// A server behind a TCP port.
///
/// ```
/// use transcript::Server;
///
/// assert!(Server::at("ws://127.0.0.1:3001").is_ok());
/// let error = Server::at("ftp://127.0.0.1").unwrap_err();
/// assert_eq!(error.to_string(), "'ftp://127.0.0.1' does not begin with ws:// or wss://");
/// ```
#[derive(Debug, Clone)]
pub struct Server {
    host: String,
    port: u16,
    pace: u32,
    #[cfg(feature = "tls")]
    tls: Option<tls::Tls>,
}

impl fmt::Display for Server {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        #[cfg(feature = "tls")]
        let secure = self.tls.is_some();
        #[cfg(not(feature = "tls"))]
        let secure = false;
        let scheme = if secure { "wss" } else { "ws" };
        write!(f, "{scheme}://{}", self.authority())
    }
}

/// What is wrong with the address of a server.
#[derive(Debug, thiserror::Error)]
pub enum AddressError {
    /// The scheme is another one.
    #[error("'{0}' does not begin with ws:// or wss://")]
    Scheme(String),
    /// It is no URL, or has no host.
    #[error("'{0}' is not an address such as ws://127.0.0.1:8000")]
    Malformed(String),
    /// It has a path: the conversations bring their own.
    #[error(
        "'{0}' has a path; give scheme, host and port only, the conversations bring their paths"
    )]
    Path(String),
    /// It asks for TLS, and this build has none.
    #[error("'{0}' asks for TLS, which this build lacks: enable the feature `tls` of `transcript`")]
    NoTls(String),
    /// The certificates to trust cannot be used.
    #[error("the certificates to trust cannot be used: {0}")]
    Certificates(String),
}

impl Server {
    /// A server on a socket address, without TLS.
    pub fn tcp(address: SocketAddr) -> Self {
        Server {
            host: address.ip().to_string(),
            port: address.port(),
            pace: 1,
            #[cfg(feature = "tls")]
            tls: None,
        }
    }

    /// A server at `ws://host:port`, or `wss://host:port` (which trusts nobody until
    /// `trusting` says whom).
    pub fn at(url: &str) -> Result<Self, AddressError> {
        let lower = url.to_ascii_lowercase();
        let secure = match lower.split_once("://") {
            Some(("ws" | "http", _)) => false,
            Some(("wss" | "https", _)) => true,
            _ => return Err(AddressError::Scheme(url.into())),
        };
        let uri: http::Uri = url
            .parse()
            .map_err(|_| AddressError::Malformed(url.into()))?;
        let host = uri.host().filter(|host| !host.is_empty());
        let host = host.ok_or_else(|| AddressError::Malformed(url.into()))?;
        if !matches!(uri.path(), "" | "/") || uri.query().is_some() {
            return Err(AddressError::Path(url.into()));
        }
        if secure && cfg!(not(feature = "tls")) {
            return Err(AddressError::NoTls(url.into()));
        }
        Ok(Server {
            host: host.trim_matches(['[', ']']).into(),
            port: uri.port_u16().unwrap_or(if secure { 443 } else { 80 }),
            pace: 1,
            #[cfg(feature = "tls")]
            tls: if secure {
                Some(tls::Tls::trusting(&[])?)
            } else {
                None
            },
        })
    }

    /// The same server with a clock that runs so many times as fast: one whose timeouts were all set to that part of what they are.
    /// A conversation with it takes that part of the time, and its transcript tells the time of the story.
    ///
    /// Then what a script does takes its time, up to a second, out of the next [`advance`](crate::Recorder::advance), or the clocks would
    /// drift apart; and what happens during one is noted to the next multiple of five seconds, and not of one.
    ///
    /// # Panics
    ///
    /// When this is 0.
    pub fn hurried(self, times: u32) -> Self {
        assert!(times > 0, "a clock that stands still ends no conversation");
        Server {
            pace: times,
            ..self
        }
    }

    pub(crate) fn pace(&self) -> u32 {
        self.pace
    }

    /// Connects once and lets go again: says whether anybody is there.
    pub async fn reach(&self) -> io::Result<()> {
        let connect = TcpStream::connect((self.host.as_str(), self.port));
        match tokio::time::timeout(PATIENCE, connect).await {
            Ok(connected) => connected.map(drop),
            Err(_) => Err(io::ErrorKind::TimedOut.into()),
        }
    }

    fn authority(&self) -> String {
        match self.host.contains(':') {
            true => format!("[{}]:{}", self.host, self.port),
            false => format!("{}:{}", self.host, self.port),
        }
    }

    async fn connect(&self) -> io::Result<Box<dyn Stream>> {
        let tcp = TcpStream::connect((self.host.as_str(), self.port)).await?;
        tcp.set_nodelay(true)?;
        #[cfg(feature = "tls")]
        if let Some(tls) = &self.tls {
            return Ok(Box::new(tls.connect(&self.host, tcp).await?));
        }
        Ok(Box::new(tcp))
    }
}

#[cfg(feature = "tls")]
mod tls {
    use std::{io, sync::Arc};

    use tokio::net::TcpStream;
    use tokio_rustls::{
        TlsConnector,
        client::TlsStream,
        rustls::{
            ClientConfig, RootCertStore,
            pki_types::{CertificateDer, ServerName},
        },
    };

    use super::{AddressError, Server, Stream};

    #[derive(Clone)]
    pub(super) struct Tls(TlsConnector);

    impl std::fmt::Debug for Tls {
        fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
            f.write_str("Tls")
        }
    }

    impl Tls {
        pub(super) fn trusting(certificates: &[CertificateDer<'_>]) -> Result<Self, AddressError> {
            let wrong = |error: String| AddressError::Certificates(error);
            let mut roots = RootCertStore::empty();
            for certificate in certificates {
                let added = roots.add(certificate.clone().into_owned());
                added.map_err(|error| wrong(error.to_string()))?;
            }
            // Named, and not the process's default: another crate may have brought another one.
            let provider = Arc::new(tokio_rustls::rustls::crypto::ring::default_provider());
            let config = ClientConfig::builder_with_provider(provider)
                .with_safe_default_protocol_versions()
                .map_err(|error| wrong(error.to_string()))?
                .with_root_certificates(roots)
                .with_no_client_auth();
            Ok(Tls(TlsConnector::from(Arc::new(config))))
        }

        pub(super) async fn connect(
            &self,
            host: &str,
            tcp: TcpStream,
        ) -> io::Result<TlsStream<TcpStream>> {
            let name = ServerName::try_from(host.to_owned()).map_err(io::Error::other)?;
            self.0.connect(name, tcp).await
        }
    }

    impl Server {
        /// The same server over TLS, which has to show a certificate that one of these signed, or one of these themselves (DER).
        pub fn trusting(
            mut self,
            certificates: &[CertificateDer<'_>],
        ) -> Result<Self, AddressError> {
            self.tls = Some(Tls::trusting(certificates)?);
            Ok(self)
        }
    }

    impl Stream for TlsStream<TcpStream> {
        fn reset(self: Box<Self>) {
            Stream::reset(Box::new(self.into_inner().0));
        }
    }
}

/// Where a client connects to.
#[derive(Debug, Clone)]
pub(crate) enum Endpoint {
    Memory(MemoryDialer),
    Tcp(Server),
}

impl Endpoint {
    /// What stands in the header `Host`.
    pub(crate) fn authority(&self) -> String {
        match self {
            Endpoint::Memory(_) => "localhost".into(),
            Endpoint::Tcp(server) => server.authority(),
        }
    }

    pub(crate) async fn connect(&self) -> io::Result<Box<dyn Stream>> {
        match self {
            Endpoint::Memory(dialer) => Ok(Box::new(dialer.connect()?)),
            Endpoint::Tcp(server) => tokio::time::timeout(PATIENCE, server.connect())
                .await
                .unwrap_or_else(|_| Err(io::ErrorKind::TimedOut.into())),
        }
    }
}

/// A connection in either transport.
pub(crate) trait Stream: AsyncRead + AsyncWrite + Unpin + Send + 'static {
    /// Ends it with a reset.
    fn reset(self: Box<Self>);
}

impl Stream for MemoryStream {
    fn reset(self: Box<Self>) {
        MemoryStream::reset(*self);
    }
}

impl Stream for TcpStream {
    fn reset(self: Box<Self>) {
        // With a linger of zero the kernel sends RST instead of FIN. It cannot block, since there is nothing to wait for.
        let _ = self.set_zero_linger();
    }
}
