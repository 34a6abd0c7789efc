//! The same doors with a lock: a listener that takes TCP on one port and TLS on another.

use std::{
    env, fs, io,
    net::{IpAddr, SocketAddr},
    path::PathBuf,
    sync::Arc,
    time::Duration,
};

use axum::serve::Listener;
use rcgen::{CertifiedKey, generate_simple_self_signed};
use tokio::{
    net::{TcpListener, TcpStream},
    sync::mpsc,
    time::{sleep, timeout},
};
use tokio_rustls::{
    TlsAcceptor,
    rustls::{ServerConfig, crypto::ring, pki_types::PrivateKeyDer},
    server::TlsStream,
};
use tokio_util::{either::Either, task::AbortOnDropHandle};

/// How long the handshake of TLS may take. Without a limit whoever connects and says nothing keeps a socket for ever.
const PATIENCE: Duration = Duration::from_secs(10);

/// A plain listener and one with TLS, as one.
pub struct Both {
    plain: TcpListener,
    secure: mpsc::Receiver<(TlsStream<TcpStream>, SocketAddr)>,
    _door: AbortOnDropHandle<()>,
}

impl Both {
    /// What connects to `tls` has to speak TLS.
    pub fn new(plain: TcpListener, tls: TcpListener, acceptor: TlsAcceptor) -> Self {
        let (ready, secure) = mpsc::channel(16);
        let door = tokio::spawn(async move {
            loop {
                let (tcp, address) = accept(&tls).await;
                let (acceptor, ready) = (acceptor.clone(), ready.clone());
                // Apart, since `accept` has to come back for the next one: a slow handshake must not hold up those behind it.
                tokio::spawn(async move {
                    if let Ok(Ok(stream)) = timeout(PATIENCE, acceptor.accept(tcp)).await {
                        let _ = ready.send((stream, address)).await;
                    }
                });
            }
        });
        Both {
            plain,
            secure,
            _door: AbortOnDropHandle::new(door),
        }
    }
}

impl Listener for Both {
    type Io = Either<TcpStream, TlsStream<TcpStream>>;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (Self::Io, SocketAddr) {
        tokio::select! {
            (tcp, address) = accept(&self.plain) => (Either::Left(tcp), address),
            Some((tls, address)) = self.secure.recv() => (Either::Right(tls), address),
        }
    }

    fn local_addr(&self) -> io::Result<SocketAddr> {
        self.plain.local_addr()
    }
}

async fn accept(listener: &TcpListener) -> (TcpStream, SocketAddr) {
    loop {
        match listener.accept().await {
            Ok((tcp, address)) => {
                // Nagle's algorithm delays small messages.
                let _ = tcp.set_nodelay(true);
                return (tcp, address);
            }
            // Out of file descriptors, most likely: they come back when somebody leaves.
            Err(_) => sleep(Duration::from_secs(1)).await,
        }
    }
}

/// A certificate made for the occasion, which nobody trusts who is not told to: what to present, and the file to trust.
pub fn self_signed(address: SocketAddr) -> io::Result<(TlsAcceptor, PathBuf)> {
    let mut names = vec!["localhost".to_owned(), "127.0.0.1".into(), "::1".into()];
    let unspecified: IpAddr = address.ip();
    if !unspecified.is_unspecified() {
        names.push(unspecified.to_string());
    }
    let CertifiedKey { cert, signing_key } =
        generate_simple_self_signed(names).map_err(io::Error::other)?;
    let file = env::temp_dir().join(format!("workbook-07-{}.pem", address.port()));
    fs::write(&file, cert.pem())?;
    let key = PrivateKeyDer::Pkcs8(signing_key.serialize_der().into());
    // Named, and not the process's default: another crate may have brought another one.
    let mut config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .and_then(|builder| {
            builder
                .with_no_client_auth()
                .with_single_cert(vec![cert.der().clone()], key)
        })
        .map_err(io::Error::other)?;
    // A client that also speaks HTTP/2 would choose it, and its WebSocket handshake is another one: chapter 01.
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok((TlsAcceptor::from(Arc::new(config)), file))
}
