//! How to reach a service that runs somewhere.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use rustls::crypto::ring;
use ureq::Agent;
use ureq::http::Uri;
use ureq::tls::{Certificate, PemItem, RootCerts, TlsConfig, parse_pem};

use crate::outcome::Failure;

/// Who asks waits no longer than this for a connection.
const CONNECT_WITHIN: Duration = Duration::from_secs(10);

/// The address without what may stand at its end. The error goes on from "URL …".
pub(crate) fn address(url: &str) -> Result<String, &'static str> {
    let parsed: Option<Uri> = url.parse().ok();
    let is_ours =
        |uri: Uri| matches!(uri.scheme_str(), Some("http" | "https")) && uri.host().is_some();
    match parsed.is_some_and(is_ours) {
        true => Ok(url.trim_end_matches('/').to_owned()),
        false => Err("is not the address of a service, such as http://127.0.0.1:8080"),
    }
}

/// Whoever asks the service at `url`, and waits for an answer for so long. Where connections are
/// encrypted, the service is known by the certificates in the file `ca`, or by those that this system
/// trusts.
///
/// # Errors
/// Wrong usage: a file that cannot be used, or that nobody needs.
pub(crate) fn agent(url: &str, ca: Option<&Path>, patience: Duration) -> Result<Agent, Failure> {
    let config = Agent::config_builder()
        .http_status_as_error(false)
        .timeout_connect(Some(CONNECT_WITHIN.min(patience)))
        .timeout_global(Some(patience));
    if !url.starts_with("https:") {
        return match ca {
            None => Ok(config.build().into()),
            Some(_) => Err(Failure::Usage(format!("--ca is for https://, and {url} is not"))),
        };
    }
    let trusted = match ca {
        Some(path) => certificates(path)?,
        None => system_certificates()?,
    };
    let tls = TlsConfig::builder()
        .root_certs(RootCerts::Specific(Arc::new(trusted)))
        .unversioned_rustls_crypto_provider(Arc::new(ring::default_provider()));
    Ok(config.tls_config(tls.build()).build().into())
}

fn certificates(path: &Path) -> Result<Vec<Certificate<'static>>, Failure> {
    let failed = |why: &dyn std::fmt::Display| {
        Failure::Usage(format!("cannot use the certificates of {}: {why}", path.display()))
    };
    let text = std::fs::read(path).map_err(|error| failed(&error))?;
    let mut found = Vec::new();
    for item in parse_pem(&text) {
        if let PemItem::Certificate(one) = item.map_err(|error| failed(&error))? {
            found.push(one);
        }
    }
    match found.is_empty() {
        true => Err(failed(&"there is none; give a PEM file (-----BEGIN CERTIFICATE-----)")),
        false => Ok(found),
    }
}

fn system_certificates() -> Result<Vec<Certificate<'static>>, Failure> {
    let found = rustls_native_certs::load_native_certs().certs;
    let trusted: Vec<_> = found.iter().map(|one| Certificate::from_der(one).to_owned()).collect();
    match trusted.is_empty() {
        true => Err(Failure::Usage(
            "this system trusts no certificate (ca-certificates is not installed?); give --ca FILE"
                .to_owned(),
        )),
        false => Ok(trusted),
    }
}

/// Why there is no answer, and what to do where that can be said.
pub(crate) fn told(error: &ureq::Error) -> String {
    let inner = match error {
        ureq::Error::Io(error) => error.get_ref().and_then(|inner| inner.downcast_ref()),
        ureq::Error::Rustls(error) => Some(error),
        _ => None,
    };
    match (inner, error) {
        (Some(rustls::Error::InvalidCertificate(why)), _) => {
            format!("its certificate is not trusted ({why}); give --ca FILE with who signed it")
        }
        (Some(rustls::Error::InvalidMessage(_)), _) => {
            "it does not speak TLS; use http:// in the URL".to_owned()
        }
        (None, ureq::Error::Io(error)) => error.to_string(),
        _ => error.to_string(),
    }
}

/// What the service is shown: the first token of the file that stands there as it is.
pub(crate) fn authorization(path: &Path) -> Result<String, Failure> {
    let text = std::fs::read_to_string(path);
    let text = text.map_err(|error| {
        Failure::Usage(format!("cannot read the token file {}: {error}", path.display()))
    })?;
    let mut tokens = text.lines().filter_map(|line| line.split_ascii_whitespace().next());
    let token = tokens.find(|token| !token.starts_with('#') && !token.starts_with("sha256:"));
    let token = token.ok_or_else(|| {
        Failure::Usage(format!(
            "the token file {} holds no token that could be shown (sha256:… is none); write the \
             token itself into a file that only you can read, and name that one",
            path.display()
        ))
    })?;
    Ok(format!("Bearer {token}"))
}
