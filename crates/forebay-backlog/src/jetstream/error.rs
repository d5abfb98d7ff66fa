//! Why a backlog on JetStream cannot be opened.

use std::error::Error as _;
use std::path::{Path, PathBuf};
use std::{fmt, io};

use async_nats::ConnectErrorKind;
use async_nats::jetstream::ErrorCode;

use crate::Address;

/// Why a backlog on JetStream cannot be opened; nothing on the server was changed.
#[derive(Debug)]
#[non_exhaustive]
pub enum JetStreamError {
    /// Nobody answers at the address, or not in time.
    Connect {
        /// Of the stream.
        address: Box<Address>,
        /// What went wrong.
        why: String,
    },
    /// The server does not let us in.
    Login {
        /// Of the stream.
        address: Box<Address>,
        /// What the server said.
        why: String,
    },
    /// A file that it was told of cannot be used.
    File {
        /// The path.
        path: PathBuf,
        /// What it should be.
        what: &'static str,
        /// What is wrong.
        why: String,
    },
    /// The connection cannot be encrypted, or the server is not known to be who it says.
    Untrusted {
        /// Of the stream.
        address: Box<Address>,
        /// What went wrong.
        why: String,
    },
    /// The user that we are may not do what is needed.
    Denied {
        /// Of the stream.
        address: Box<Address>,
        /// What the server said.
        why: String,
    },
    /// The server, or this account on it, has no JetStream.
    NoJetStream {
        /// Of the stream.
        address: Box<Address>,
    },
    /// The stream is there, and is used for something else or otherwise.
    Mismatch {
        /// Of the stream.
        address: Box<Address>,
        /// What it says and what is needed, field by field.
        fields: Vec<String>,
    },
    /// The server refuses to make or to read what is needed.
    Refused {
        /// Of the stream.
        address: Box<Address>,
        /// What was asked for.
        what: &'static str,
        /// What the server said.
        why: String,
    },
}

impl JetStreamError {
    pub(super) fn connect(address: &Address, error: &async_nats::ConnectError) -> Self {
        let (address, why) = (Box::new(address.clone()), error.to_string());
        match error.kind() {
            ConnectErrorKind::Authentication | ConnectErrorKind::AuthorizationViolation => {
                JetStreamError::Login { address, why }
            }
            ConnectErrorKind::Tls => JetStreamError::Untrusted { address, why },
            ConnectErrorKind::Io if is_about_what_came(error) => {
                JetStreamError::Untrusted { address, why }
            }
            _ => JetStreamError::Connect { address, why },
        }
    }

    pub(super) fn file(path: &Path, what: &'static str, why: impl fmt::Display) -> Self {
        JetStreamError::File { path: path.to_owned(), what, why: why.to_string() }
    }

    /// From what the server said, its code if there was one.
    pub(super) fn refused(
        address: &Address,
        what: &'static str,
        code: Option<ErrorCode>,
        why: impl fmt::Display,
    ) -> Self {
        let address = Box::new(address.clone());
        match code {
            Some(
                ErrorCode::JETSTREAM_NOT_ENABLED | ErrorCode::JETSTREAM_NOT_ENABLED_FOR_ACCOUNT,
            ) => JetStreamError::NoJetStream { address },
            Some(ErrorCode::STORAGE_RESOURCES_EXCEEDED | ErrorCode::ACCOUNT_RESOURCES_EXCEEDED) => {
                let why = format!(
                    "{why}; lower backlog.bytes_max, which the stream reserves, or let the server or the account have more (max_file_store)"
                );
                JetStreamError::Refused { address, what, why }
            }
            _ => JetStreamError::Refused { address, what, why: why.to_string() },
        }
    }
}

/// Whether a connection broke over what was said on it, which is how a handshake fails.
fn is_about_what_came(error: &async_nats::ConnectError) -> bool {
    let source = error.source().and_then(|source| source.downcast_ref::<io::Error>());
    source.is_some_and(|source| source.kind() == io::ErrorKind::InvalidData)
}

impl fmt::Display for JetStreamError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            JetStreamError::Connect { address, why } => write!(
                f,
                "{address}: no NATS server can be reached there ({why}); start one with nats-server -js, or mend the address"
            ),
            JetStreamError::Login { address, why } => write!(
                f,
                "{address}: the server does not let us in ({why}); check the user and the password in nats://USER:PASSWORD@HOST:PORT/STREAM, or the file of --nats-creds"
            ),
            JetStreamError::File { path, what, why } => {
                write!(f, "{} cannot be used as {what}: {why}", path.display())
            }
            JetStreamError::Untrusted { address, why } => write!(
                f,
                "{address}: the connection cannot be encrypted ({why}); give the certificate of who certifies the server with --nats-ca FILE, and \
                 call the server by the name that is in its own"
            ),
            JetStreamError::Denied { address, why } => {
                let stream = address.stream();
                write!(
                    f,
                    "{address}: the server lets us in, and not do what is needed ({why}); let the user publish to {stream}.events, {stream}-aside, \
                     {stream}-marks.*, $JS.API.> and $JS.ACK.>, and subscribe to _INBOX.>"
                )
            }
            JetStreamError::NoJetStream { address } => write!(
                f,
                "{address}: JetStream is not enabled there; start the server with -js, or enable it for the account"
            ),
            JetStreamError::Mismatch { address, fields } => write!(
                f,
                "{address}: the stream is there and is not what forebay needs: {}; change it, name another stream, or set the limits of \
                 the backlog to what it has",
                fields.join("; ")
            ),
            JetStreamError::Refused { address, what, why } => {
                write!(f, "{address}: the server refuses {what}: {why}")
            }
        }
    }
}

impl std::error::Error for JetStreamError {}
