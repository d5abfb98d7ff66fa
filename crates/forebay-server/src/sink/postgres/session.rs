//! A connection to PostgreSQL, and the task that drives it.

use std::time::Duration;

use tokio::task::JoinHandle;
use tokio_postgres::config::SslMode;
use tokio_postgres::tls::{MakeTlsConnect, TlsConnect};
use tokio_postgres::{Client, Config, Error, NoTls, Socket};
use tokio_postgres_rustls::MakeRustlsConnect;

use super::PostgresUrl;
use super::tls::{self, TlsUnavailable};

/// How to log in.
pub(super) struct Session {
    config: Config,
    tls: Option<MakeRustlsConnect>,
}

impl std::fmt::Debug for Session {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // Not the configuration: it holds the password.
        f.debug_struct("Session").finish_non_exhaustive()
    }
}

/// A connection that is logged in.
pub(super) struct Open {
    pub(super) client: Client,
    tls: Option<MakeRustlsConnect>,
    driver: Driver,
}

/// The task that talks to the server. It ends with its client; but a server that hangs could keep
/// it, so dropping this ends it at once.
struct Driver(JoinHandle<()>);

impl Session {
    pub(super) fn new(url: &PostgresUrl) -> Result<Self, TlsUnavailable> {
        let config = with_defaults(url.config().clone());
        let tls = match config.get_ssl_mode() {
            SslMode::Require => Some(tls::connector()?),
            // `prefer`, which is what a URL without a word on it means, goes without: a
            // connection that encrypts only if nobody objects protects from nobody.
            _ => None,
        };
        Ok(Self { config, tls })
    }

    pub(super) async fn open(&self) -> Result<Open, Error> {
        let (client, driver) = match &self.tls {
            Some(tls) => connect(&self.config, tls.clone()).await?,
            None => connect(&self.config, NoTls).await?,
        };
        Ok(Open { client, tls: self.tls.clone(), driver })
    }
}

impl Open {
    /// Says goodbye and waits until everything is sent and freed.
    pub(super) async fn close(self) {
        let Self { client, tls: _, mut driver } = self;
        drop(client);
        let _ = (&mut driver.0).await;
    }

    /// Asks the server to give up the statement it is at.
    pub(super) async fn cancel(&self) -> Result<(), Error> {
        let token = self.client.cancel_token();
        match &self.tls {
            Some(tls) => token.cancel_query(tls.clone()).await,
            None => token.cancel_query(NoTls).await,
        }
    }
}

impl Drop for Driver {
    fn drop(&mut self) {
        self.0.abort();
    }
}

async fn connect<T>(config: &Config, tls: T) -> Result<(Client, Driver), Error>
where
    T: MakeTlsConnect<Socket>,
    T::Stream: Send + 'static,
    T::TlsConnect: Send,
    <T::TlsConnect as TlsConnect<Socket>>::Future: Send,
{
    let (client, connection) = config.connect(tls).await?;
    let driver = tokio::spawn(async move {
        // What ended it is told to whoever waits for an answer, and seen at the next connect.
        let _ = connection.await;
    });
    Ok((client, Driver(driver)))
}

/// Where the URL says nothing: find out within a minute that a server is gone.
fn with_defaults(mut config: Config) -> Config {
    if config.get_application_name().is_none() {
        config.application_name("forebay");
    }
    if config.get_connect_timeout().is_none() {
        config.connect_timeout(Duration::from_secs(10));
    }
    if config.get_tcp_user_timeout().is_none() {
        config.tcp_user_timeout(Duration::from_secs(60));
    }
    if config.get_keepalives_idle() == Config::new().get_keepalives_idle() {
        config.keepalives_idle(Duration::from_secs(60));
    }
    config
}
