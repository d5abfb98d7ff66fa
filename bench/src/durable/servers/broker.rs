//! The servers, each as its documents say for events that are on disk before they are acknowledged.

use std::net::SocketAddr;
use std::path::Path;
use std::time::Duration;

use forebay_backlog::Event;
use tokio::process::Command;

use super::client::{Load, Sample};
use crate::contender::Contender;
use crate::durable::engine::forebay;
use crate::durable::event::{Mint, Seen};
use crate::failure::Failure;
use crate::server::{Server, free_address};
use crate::setup::{Setup, in_path};
use crate::sink::{Rows, Sink};
use crate::status::Status;

const STARTS_WITHIN: Duration = Duration::from_secs(20);
const DELIVERS_WITHIN: Duration = Duration::from_secs(60);

/// One that is measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Broker {
    /// forebay while no sink answers: it keeps events, as the others do.
    Forebay,
    /// forebay that delivers into SQLite meanwhile.
    ForebayDelivering,
    Redis,
    Rabbitmq,
    Beanstalkd,
    Postgres,
    Nats,
}

/// One that runs for one run.
#[derive(Debug)]
pub(super) struct Running<'a> {
    pub(super) server: Server,
    sink: Option<Sink<'a>>,
}

/// What an acknowledgement means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Promise {
    Synced,
    /// Written, and synced some time later.
    Written,
}

impl Broker {
    pub(super) const ALL: [Self; 7] = [
        Self::Forebay,
        Self::ForebayDelivering,
        Self::Redis,
        Self::Rabbitmq,
        Self::Beanstalkd,
        Self::Postgres,
        Self::Nats,
    ];

    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Forebay => "forebay serve, `disk:`",
            Self::ForebayDelivering => "forebay serve, `disk:`, delivering into SQLite",
            Self::Redis => "Redis Streams, `appendfsync always`",
            Self::Rabbitmq => "RabbitMQ, quorum queue, confirms",
            Self::Beanstalkd => "beanstalkd `-f 0`",
            Self::Postgres => "PostgreSQL, an INSERT a request",
            Self::Nats => "NATS JetStream",
        }
    }

    /// The protocol, as the client knows it.
    pub(super) fn protocol(self) -> &'static str {
        match self {
            Self::Forebay | Self::ForebayDelivering => "forebay",
            Self::Redis => "redis",
            Self::Rabbitmq => "rabbitmq",
            Self::Beanstalkd => "beanstalkd",
            Self::Postgres => "postgres",
            Self::Nats => "nats",
        }
    }

    pub(super) fn promise(self) -> Promise {
        match self {
            Self::Nats => Promise::Written,
            _ => Promise::Synced,
        }
    }

    /// Whether it does anything else with such a load than with one event a request. beanstalkd syncs each by itself.
    pub(super) fn gains_by(self, load: Load) -> bool {
        self != Self::Beanstalkd || load.events_a_request == 1
    }

    pub(super) fn is_forebay(self) -> bool {
        matches!(self, Self::Forebay | Self::ForebayDelivering)
    }

    /// The program that Debian's package brings.
    pub(super) fn program(self) -> Option<&'static str> {
        match self {
            Self::Forebay | Self::ForebayDelivering | Self::Postgres => None,
            Self::Redis => Some("redis-server"),
            Self::Rabbitmq => Some("rabbitmq-server"),
            Self::Beanstalkd => Some("beanstalkd"),
            Self::Nats => Some("nats-server"),
        }
    }

    pub(super) fn is_installed(self) -> bool {
        self.program().is_none_or(|program| in_path(program).is_some())
    }

    /// Starts one that is started anew for each run, in `folder`, which is empty.
    pub(super) async fn start<'a>(
        self,
        setup: &'a Setup,
        folder: &Path,
    ) -> Result<Running<'a>, Failure> {
        if let Some(contender) = self.contender() {
            let kind = contender.sink.ok_or_else(|| Failure::new("forebay without a sink"))?;
            let sink = setup.empty_sink(kind).await?;
            let server = Server::start(setup, contender.command(setup, Some(&sink))?).await?;
            return Ok(Running { server, sink: Some(sink) });
        }
        let address = free_address()?;
        let command = self.command(address, folder)?;
        let mut server = Server::spawn(command, address, folder.join("server.log"))?;
        server.is_ready(STARTS_WITHIN).await?;
        Ok(Running { server, sink: None })
    }

    fn contender(self) -> Option<Contender> {
        match self {
            Self::Forebay => Some(Contender::FOREBAY_SINK_DOWN),
            Self::ForebayDelivering => Some(Contender::FOREBAY_SQLITE),
            _ => None,
        }
    }

    fn command(self, address: SocketAddr, folder: &Path) -> Result<Command, Failure> {
        let program = self.program().ok_or_else(|| Failure::new("no program to start"))?;
        let mut command = Command::new(program);
        command.current_dir(folder);
        let (host, port) = (address.ip().to_string(), address.port().to_string());
        match self {
            Self::Redis => command.args(["--bind", &host, "--port", &port, "--save", ""]).args([
                "--appendonly",
                "yes",
                "--appendfsync",
                "always",
            ]),
            Self::Beanstalkd => command.args(["-l", &host, "-p", &port, "-b", ".", "-f", "0"]),
            _ => command.args(["-a", &host, "-p", &port, "-js", "-sd", "."]),
        };
        Ok(command)
    }

    /// Ends it. What forebay has acknowledged must be there, each event once and as it was sent.
    pub(super) async fn end(
        self,
        setup: &Setup,
        running: Running<'_>,
        sample: &Sample,
        body_bytes: usize,
    ) -> Result<(), Failure> {
        let Running { server, sink } = running;
        if self != Self::ForebayDelivering {
            server.kill().await?;
            return match self {
                Self::Forebay => kept(setup, sample, body_bytes).await,
                _ => Ok(()),
            };
        }
        Status::drained(server.address, DELIVERS_WITHIN).await?.check()?;
        server.stop().await?;
        let rows = match sink {
            Some(sink) => sink.rows().await?,
            None => None,
        };
        match rows {
            Some(Rows { count, different })
                if count == sample.acknowledged && different == sample.acknowledged =>
            {
                Ok(())
            }
            _ => Err(Failure::new(format!("{} acknowledged, {rows:?}", sample.acknowledged))),
        }
    }
}

/// Whether a backlog whose process was killed has all events.
async fn kept(setup: &Setup, sample: &Sample, body_bytes: usize) -> Result<(), Failure> {
    let (mint, mut seen) = (Mint::new(body_bytes), Seen::default());
    let look = |event: &Event| seen.note(mint.number_in(&event.body)?);
    forebay::read(setup.folder(), sample.acknowledged, look).await?;
    seen.check_all(sample.acknowledged)
}
