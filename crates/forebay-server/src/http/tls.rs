//! Encrypted connections: a certificate and its key, from two PEM files.

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rustls::ServerConfig;
use rustls::crypto::ring;
use rustls::pki_types::pem::{self, PemObject as _};
use rustls::pki_types::{CertificateDer, PrivateKeyDer};

use crate::config::TlsConfig;

/// What a client begins a handshake with (RFC 8446, section 5.1); no request begins with it.
pub(super) const HANDSHAKE: u8 = 22;

/// Said to whoever speaks plain HTTP where TLS is spoken.
pub(super) const PLAIN: &[u8] = b"HTTP/1.1 400 Bad Request\r\n\
    content-type: application/problem+json\r\n\
    connection: close\r\n\
    content-length: 129\r\n\r\n\
    {\"type\":\"urn:forebay:problem:plain\",\"title\":\"Not encrypted\",\
    \"status\":400,\"detail\":\"TLS is spoken here; use https:// in the URL\"}\n";

/// Reads what connections are encrypted with; nothing where they are not.
pub(crate) fn read(config: &TlsConfig) -> Result<Option<Arc<ServerConfig>>, TlsError> {
    let (Some(cert), Some(key)) = (&config.cert, &config.key) else { return Ok(None) };
    let chain = certificates(cert)?;
    let secret = PrivateKeyDer::from_pem_file(key).map_err(|error| match error {
        pem::Error::NoItemsFound => TlsError::NoKey(key.clone()),
        error => TlsError::Read(key.clone(), error),
    })?;
    let mut config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .expect("ring has the ciphers of both versions of TLS")
        .with_no_client_auth()
        .with_single_cert(chain, secret)
        .map_err(|why| TlsError::Pair { cert: cert.clone(), key: key.clone(), why })?;
    // What the server speaks, and no more.
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(Some(Arc::new(config)))
}

fn certificates(path: &Path) -> Result<Vec<CertificateDer<'static>>, TlsError> {
    let failed = |error| TlsError::Read(path.to_owned(), error);
    let found = CertificateDer::pem_file_iter(path).map_err(failed)?;
    let chain = found.collect::<Result<Vec<_>, _>>().map_err(failed)?;
    if chain.is_empty() { Err(TlsError::NoCertificate(path.to_owned())) } else { Ok(chain) }
}

/// Why connections cannot be encrypted.
#[derive(Debug)]
#[non_exhaustive]
pub enum TlsError {
    /// A file cannot be read, or is no PEM.
    Read(PathBuf, pem::Error),
    /// A file without a certificate.
    NoCertificate(PathBuf),
    /// A file without a private key.
    NoKey(PathBuf),
    /// The two do not go together, or one of them is of a kind that cannot be used.
    Pair {
        /// The file of the certificate.
        cert: PathBuf,
        /// The file of the key.
        key: PathBuf,
        /// What is wrong.
        why: rustls::Error,
    },
}

impl fmt::Display for TlsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Read(path, pem::Error::Io(why)) => {
                let path = path.display();
                write!(f, "cannot read {path}: {why}; tls.cert and tls.key are the two files")
            }
            Self::Read(path, why) => write!(f, "cannot read {}: {why}", path.display()),
            Self::NoCertificate(path) => write!(
                f,
                "{} holds no certificate; give a PEM file (-----BEGIN CERTIFICATE-----), the \
                 server's own first",
                path.display()
            ),
            Self::NoKey(path) => write!(
                f,
                "{} holds no private key; give a PEM file (-----BEGIN PRIVATE KEY-----)",
                path.display()
            ),
            Self::Pair { cert, key, why } => write!(
                f,
                "the certificate of {} and the key of {} cannot be used together: {why}",
                cert.display(),
                key.display()
            ),
        }
    }
}

impl std::error::Error for TlsError {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_answer_to_plain_http_is_as_long_as_it_says() {
        let text = str::from_utf8(PLAIN).expect("ASCII");
        let (head, body) = text.split_once("\r\n\r\n").expect("a head and a body");
        assert!(head.ends_with(&format!("content-length: {}", body.len())), "{}", body.len());
        serde_json::from_str::<serde_json::Value>(body).expect("JSON");
    }
}
