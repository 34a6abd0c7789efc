//! TLS towards a server whose certificate nobody has signed: it says in which file that is.

use std::{path::Path, sync::Arc};

use anyhow::{Context, Result};
use tokio::net::TcpStream;
use tokio_rustls::{
    TlsConnector,
    client::TlsStream,
    rustls::{
        ClientConfig, RootCertStore,
        crypto::ring,
        pki_types::{CertificateDer, ServerName, pem::PemObject},
    },
};

/// Trusts one certificate.
pub struct Trust(TlsConnector);

impl Trust {
    /// That in this file.
    pub fn in_file(path: &Path) -> Result<Self> {
        let certificate = CertificateDer::from_pem_file(path)
            .with_context(|| format!("{} holds no certificate", path.display()))?;
        let mut roots = RootCertStore::empty();
        roots.add(certificate)?;
        let mut config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()?
            .with_root_certificates(roots)
            .with_no_client_auth();
        // Each handshake is a whole one, as after a deploy that has lost all sessions.
        config.resumption = tokio_rustls::rustls::client::Resumption::disabled();
        Ok(Trust(TlsConnector::from(Arc::new(config))))
    }

    /// Does the handshake.
    pub async fn connect(&self, tcp: TcpStream) -> Result<TlsStream<TcpStream>> {
        let name = ServerName::try_from("localhost")?;
        let stream = self.0.connect(name, tcp).await;
        stream.context("the handshake of TLS failed")
    }
}
