//! Encrypted connections, for `sslmode=require`.
//!
//! Stricter than other programs' `require`: the server's certificate must be for its host name
//! and signed by somebody this machine trusts. Encryption towards somebody unknown keeps nothing
//! secret from that somebody.

use std::fmt;
use std::sync::Arc;

use rustls::crypto::ring;
use rustls::{ClientConfig, RootCertStore};
use tokio_postgres_rustls::MakeRustlsConnect;

/// This machine has no certificates to check a server's with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct TlsUnavailable;

impl fmt::Display for TlsUnavailable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(
            "sslmode=require needs certificates to check the server's with, and this machine has \
             none; install the package ca-certificates or set SSL_CERT_FILE",
        )
    }
}

/// Reads the certificates that this machine trusts.
pub(super) fn connector() -> Result<MakeRustlsConnect, TlsUnavailable> {
    let mut roots = RootCertStore::empty();
    roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    if roots.is_empty() {
        return Err(TlsUnavailable);
    }
    let config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .expect("ring has the ciphers of both versions of TLS")
        .with_root_certificates(roots)
        .with_no_client_auth();
    Ok(MakeRustlsConnect::new(config))
}
