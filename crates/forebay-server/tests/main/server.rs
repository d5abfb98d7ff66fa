//! A running service, in this process, on a port and in a folder of its own.

use std::path::Path;
use std::process::Command;
use std::sync::Arc;
use std::time::Duration;

use forebay_server::{BacklogUrl, Config, Left, Service};
use rustls::crypto::ring;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;
use rustls::{ClientConfig, RootCertStore};
use serde_json::Value;
use tempfile::TempDir;
use tokio_rustls::TlsConnector;

use crate::wire::Wire;

/// A service that is running.
pub(crate) struct Server {
    pub(crate) service: Service,
    pub(crate) folder: TempDir,
    /// What its clients encrypt with, and know it by.
    tls: Option<TlsConnector>,
}

/// What is spoken between a client and the service.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Spoken {
    Clear,
    Tls,
}

impl Server {
    /// Starts one with an SQLite sink.
    pub(crate) async fn start() -> Self {
        Self::start_with(|_| {}).await
    }

    /// Starts one with a configuration that `change` has changed.
    pub(crate) async fn start_with(change: impl FnOnce(&mut Config)) -> Self {
        Self::start_speaking(Spoken::Clear, change).await
    }

    /// The same, with clients that speak as is said.
    pub(crate) async fn start_speaking(spoken: Spoken, change: impl FnOnce(&mut Config)) -> Self {
        let folder = TempDir::new().expect("a temporary folder");
        let mut config = Config {
            listen: "127.0.0.1:0".parse().expect("an address"),
            sink: format!("sqlite:{}", folder.path().join("events.db").display())
                .parse()
                .expect("a sink"),
            ..Config::default()
        };
        config.backlog.url = BacklogUrl::Disk(folder.path().join("data"));
        let tls = (spoken == Spoken::Tls).then(|| encrypt(&mut config, folder.path()));
        change(&mut config);
        let service = Service::start(config).await.expect("it starts");
        Self { service, folder, tls }
    }

    /// Starts one whose sink is not there, so that nothing leaves the backlog.
    pub(crate) async fn start_stuck_with(change: impl FnOnce(&mut Config)) -> Self {
        Self::start_with(|config| {
            // Nothing listens on port 1.
            config.sink = "postgres://nobody@127.0.0.1:1/none".parse().expect("a sink");
            change(config);
        })
        .await
    }

    pub(crate) async fn connect(&self) -> Wire {
        let address = self.service.local_addr();
        match &self.tls {
            None => Wire::to(address).await,
            Some(tls) => Wire::encrypted(address, tls).await,
        }
    }

    pub(crate) async fn status(&self) -> Value {
        self.connect().await.get("/status").await.json()
    }

    /// How many events were accepted, as `/status` says it.
    pub(crate) async fn accepted(&self) -> u64 {
        self.status().await["accepted"].as_u64().expect("a count")
    }

    /// Stops it, giving it time to deliver everything.
    pub(crate) async fn stop(self) -> (Left, TempDir) {
        (self.service.stop(Duration::from_secs(20)).await, self.folder)
    }

    /// Stops it without waiting for its sink.
    pub(crate) async fn abandon(self) -> Left {
        self.service.stop(Duration::from_millis(1)).await
    }
}

/// Gives the service a certificate, and its clients what trusts it.
fn encrypt(config: &mut Config, folder: &Path) -> TlsConnector {
    let said = Command::new("openssl")
        .args(["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"])
        .args(["-days", "2", "-subj", "/CN=localhost", "-addext", "subjectAltName=IP:127.0.0.1"])
        // A CA's certificate is nobody's own, for those who look closely.
        .args(["-addext", "basicConstraints=critical,CA:FALSE"])
        .args(["-keyout", "a.key", "-out", "a.pem"])
        .current_dir(folder)
        .output()
        .expect("openssl is installed: cargo xtask setup");
    assert!(said.status.success(), "{}", String::from_utf8_lossy(&said.stderr));
    let [cert, key] = ["a.pem", "a.key"].map(|name| folder.join(name));
    let mut trusted = RootCertStore::empty();
    let own = CertificateDer::from_pem_file(&cert).expect("a certificate");
    trusted.add(own).expect("it can be trusted");
    (config.tls.cert, config.tls.key) = (Some(cert), Some(key));
    let client = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .expect("ring has the ciphers of both versions of TLS")
        .with_root_certificates(trusted)
        .with_no_client_auth();
    Arc::new(client).into()
}
