//! The connection to the server, and what is heard on it beside answers.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use async_nats::{Client, ConnectOptions, Event, ServerError};
use tokio::sync::watch;

use super::{JetStreamError, JetStreamOptions};

/// How long it is before a server that is away is tried again: longer each time, up to half a second.
const RECONNECT_STEP: Duration = Duration::from_millis(20);
const RECONNECT_MAX: Duration = Duration::from_millis(500);

/// How long connecting may take.
const CONNECT_WAIT: Duration = Duration::from_secs(5);

/// How a server begins to say that something is not allowed. Who asked for it is not answered.
const DENIAL: &str = "permissions violation";

/// What is heard of a connection.
#[derive(Debug, Clone, Default)]
pub(super) struct Line {
    /// How often there was a connection: with a new one, what was asked before is forgotten.
    connections: watch::Sender<u64>,
    /// What was not allowed, on this connection.
    denial: watch::Sender<Option<Arc<str>>>,
}

impl Line {
    /// Connects as the options say.
    ///
    /// # Errors
    /// A file cannot be used, or the server cannot: see [`JetStreamError`].
    pub(super) async fn connect(
        &self,
        options: &JetStreamOptions,
    ) -> Result<Client, JetStreamError> {
        let (address, line) = (&options.address, self.clone());
        let mut connect = ConnectOptions::new()
            .name("forebay")
            .connection_timeout(CONNECT_WAIT)
            .reconnect_delay_callback(|attempts| {
                RECONNECT_MAX.min(RECONNECT_STEP * attempts as u32)
            })
            .event_callback(move |event| {
                line.hear(event);
                std::future::ready(())
            });
        connect = match address.login() {
            Some((name, Some(password))) => {
                connect.user_and_password(name.to_owned(), password.to_owned())
            }
            Some((token, None)) => connect.token(token.to_owned()),
            None => connect,
        };
        if let Some(path) = &options.credentials {
            let text = read(path, CREDENTIALS)?;
            let read = connect.credentials(&text);
            connect = read.map_err(|error| JetStreamError::file(path, CREDENTIALS, error))?;
        }
        if let Some(path) = &options.ca {
            if !read(path, CERTIFICATES)?.contains("-----BEGIN CERTIFICATE-----") {
                return Err(JetStreamError::file(path, CERTIFICATES, "no certificate is in it"));
            }
            connect = connect.add_root_certificates(path.clone());
        }
        let connected = connect.connect(address.servers()).await;
        connected.map_err(|error| JetStreamError::connect(address, &error))
    }

    fn hear(&self, event: Event) {
        match event {
            Event::Connected => {
                self.denial.send_replace(None);
                self.connections.send_modify(|connections| *connections += 1);
            }
            Event::ServerError(ServerError::Other(why)) if why.to_lowercase().contains(DENIAL) => {
                self.denial.send_replace(Some(why.into()));
            }
            _ => {}
        }
    }

    /// Changes with every new connection.
    pub(super) fn connections(&self) -> watch::Receiver<u64> {
        self.connections.subscribe()
    }

    /// What was not allowed, if anything was.
    pub(super) fn denial(&self) -> Option<Arc<str>> {
        self.denial.borrow().clone()
    }

    /// Waits until something about `subject` is not allowed.
    pub(super) async fn denied(&self, subject: &str) -> Arc<str> {
        let mut denials = self.denial.subscribe();
        loop {
            if denials.changed().await.is_err() {
                // This line keeps the sender: it cannot be.
                std::future::pending::<()>().await;
            }
            let denial = denials.borrow_and_update().clone();
            if let Some(why) = denial.filter(|why| why.contains(subject)) {
                return why;
            }
        }
    }

    /// Works, unless the server says that it is not allowed.
    pub(super) async fn unless_denied<T>(
        &self,
        options: &JetStreamOptions,
        work: impl Future<Output = Result<T, JetStreamError>>,
    ) -> Result<T, JetStreamError> {
        let mut denials = self.denial.subscribe();
        tokio::select! {
            done = work => done,
            Ok(why) = denials.wait_for(Option::is_some) => {
                let why = why.as_deref().unwrap_or_default().to_owned();
                Err(JetStreamError::Denied { address: Box::new(options.address.clone()), why })
            }
        }
    }
}

const CREDENTIALS: &str = "credentials of NATS";
const CERTIFICATES: &str = "certificates";

fn read(path: &Path, what: &'static str) -> Result<String, JetStreamError> {
    std::fs::read_to_string(path).map_err(|error| JetStreamError::file(path, what, error))
}
