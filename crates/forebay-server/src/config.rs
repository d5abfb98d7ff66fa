//! What `serve` can be told: plain data, with the documented defaults.
//!
//! A [`Config`] says nothing about where it came from; [`Config::check`] names the first field
//! whose value cannot work.

use std::collections::BTreeMap;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::{fmt, ops::RangeInclusive, str::FromStr};

use forebay::Gears;
use forebay_backlog::{Address, AddressError, Limits, MarkLimits};

mod otel;
mod role;
mod route;
mod spool;
mod webhook;
pub use otel::OtelConfig;
pub use role::{Role, RoleError};
pub(crate) use route::RouteInForce;
pub use route::{Ack, AckError, Pointer, PointerError, RouteConfig};
pub use spool::SpoolConfig;
pub(crate) use spool::SpoolInForce;
#[cfg(any(test, feature = "fuzz"))]
pub(crate) use webhook::Secrets;
pub(crate) use webhook::WebhookInForce;
pub use webhook::{Secret, WebhookConfig, WebhookKind, WebhookKindError};

use crate::consumer::{BATCH_EVENTS_MAX, ConsumerConfig, PAUSE_MS_MAX, WRITERS_MAX};
use crate::sink::SinkUrl;

const KIB: u64 = 1024;
const MIB: u64 = 1024 * KIB;
const HOUR_MS: u64 = 3_600_000;

/// The most partitions of a stream: each is asked for by each process, on its own.
const PARTITIONS_MAX: u64 = 256;

/// Everything a [`Service`](crate::Service) needs to know.
///
/// # Examples
/// ```
/// let config = forebay_server::Config::default();
/// assert_eq!(config.listen.to_string(), "127.0.0.1:8080");
/// assert!(config.check().is_ok());
/// ```
#[derive(Debug, Clone)]
pub struct Config {
    /// Where to listen; port 0 takes any free port.
    pub listen: SocketAddr,
    /// A file of bearer tokens, one a line. With it, every request but the health checks needs one.
    pub token_file: Option<PathBuf>,
    /// Listens beyond loopback although nobody has to show a token.
    pub allow_anonymous: bool,
    /// What connections are encrypted with.
    pub tls: TlsConfig,
    /// What a client may send, and how long it may take.
    pub http: HttpLimits,
    /// How fast one client may send.
    pub rate: RateConfig,
    /// Which half of the way it has, where others share its backlog.
    pub role: Role,
    /// Where events wait, and how many may.
    pub backlog: BacklogConfig,
    /// What is different for some routes, by their names. A name makes a route; the default one is
    /// there anyway.
    pub routes: BTreeMap<String, RouteConfig>,
    /// How long a backlog may stand still before that is told.
    pub stalled_after_ms: u64,
    /// Where events are written.
    pub sink: SinkUrl,
    /// How fast they are written.
    pub consumer: ConsumerConfig,
    /// What the live page shows.
    pub page: PageConfig,
    /// What is told to OpenTelemetry.
    pub otel: OtelConfig,
    /// How long a stopping service may go on delivering.
    pub drain_for_ms: u64,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 8080)),
            token_file: None,
            allow_anonymous: false,
            tls: TlsConfig::default(),
            http: HttpLimits::default(),
            rate: RateConfig::default(),
            role: Role::default(),
            backlog: BacklogConfig::default(),
            routes: BTreeMap::new(),
            stalled_after_ms: 60_000,
            sink: SinkUrl::default(),
            consumer: ConsumerConfig::default(),
            page: PageConfig::default(),
            otel: OtelConfig::default(),
            drain_for_ms: 30_000,
        }
    }
}

impl Config {
    /// Checks that every number is in its range.
    ///
    /// # Errors
    /// The first field that is not: its name, its value and what is allowed.
    pub fn check(&self) -> Result<(), ConfigError> {
        self.tls.check()?;
        let http = &self.http;
        let limits = &self.backlog.limits;
        within("http.body_bytes_max", http.body_bytes_max, 1..=1024 * MIB)?;
        within("http.event_bytes_max", http.event_bytes_max, 1..=1024 * MIB)?;
        within("http.body_read_ms_max", http.body_read_ms_max, 1..=HOUR_MS)?;
        within("http.header_read_ms_max", http.header_read_ms_max, 1..=HOUR_MS)?;
        within("http.idle_ms_max", http.idle_ms_max, 1..=24 * HOUR_MS)?;
        within("http.connections_max", u64::from(http.connections_max), 1..=1_000_000)?;
        let in_flight = http.body_bytes_max..=1024 * 1024 * MIB;
        within("http.in_flight_bytes_max", http.in_flight_bytes_max, in_flight)?;
        self.rate.check()?;
        within("backlog.events_max", limits.events_max, 1..=1_000_000_000)?;
        within("backlog.bytes_max", limits.bytes_max, KIB..=1024 * 1024 * MIB)?;
        within("backlog.marks_max", self.backlog.marks.marks_max, 0..=100_000_000)?;
        within("backlog.marks_keep_ms", self.backlog.marks.marks_keep_ms, 0..=365 * 24 * HOUR_MS)?;
        within("backlog.ack_wait_ms", self.backlog.stream.ack_wait_ms, 1_000..=HOUR_MS)?;
        within("backlog.replicas", self.backlog.stream.replicas as u64, 1..=5)?;
        self.backlog.spool.check()?;
        let partitions = self.backlog.stream.partitions as u64;
        within("backlog.partitions", partitions, 1..=PARTITIONS_MAX)?;
        within("http.sink_ack_ms_max", http.sink_ack_ms_max, 1..=HOUR_MS)?;
        within("stalled_after_ms", self.stalled_after_ms, 10..=24 * HOUR_MS)?;
        within("drain_for_ms", self.drain_for_ms, 0..=24 * HOUR_MS)?;
        self.check_routes()?;
        self.otel.check()?;
        self.check_consumer()
    }

    fn check_consumer(&self) -> Result<(), ConfigError> {
        let consumer = &self.consumer;
        let (slow, fast) = (consumer.slow, consumer.fast);
        for (field, events) in [
            ("consumer.slow_batch_events_max", slow.batch_events_max),
            ("consumer.fast_batch_events_max", fast.batch_events_max),
        ] {
            within(field, events as u64, 1..=BATCH_EVENTS_MAX as u64)?;
        }
        within("consumer.slow_writers", slow.writers as u64, 1..=WRITERS_MAX as u64)?;
        within("consumer.writers", fast.writers as u64, 1..=WRITERS_MAX as u64)?;
        within("consumer.slow_pause_ms", slow.pause_ms, 0..=PAUSE_MS_MAX)?;
        within("consumer.fast_pause_ms", fast.pause_ms, 0..=PAUSE_MS_MAX)?;
        let retry = &consumer.retry;
        within("consumer.retry_ms_first", retry.delay_ms_first, 1..=HOUR_MS)?;
        within("consumer.retry_ms_max", retry.delay_ms_max, retry.delay_ms_first..=HOUR_MS)?;
        within("consumer.engage_above", consumer.engage_above as u64, 1..=u64::MAX)?;
        Gears::two(consumer.engage_above, consumer.release_at).map_err(|_| ConfigError {
            field: "consumer.release_at".to_owned(),
            value: consumer.release_at.to_string(),
            allowed: format!("0 to {}", consumer.engage_above.saturating_sub(1)),
        })?;
        Ok(())
    }
}

fn within(field: &str, value: u64, allowed: RangeInclusive<u64>) -> Result<(), ConfigError> {
    if allowed.contains(&value) {
        return Ok(());
    }
    let allowed = format!("{} to {}", allowed.start(), allowed.end());
    Err(ConfigError { field: field.to_owned(), value: value.to_string(), allowed })
}

/// Names the field of a [`Config`] whose value cannot work.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct ConfigError {
    /// The field, as a dotted path.
    pub field: String,
    /// What it is.
    pub value: String,
    /// What it may be.
    pub allowed: String,
}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} is {}; allowed is {}", self.field, self.value, self.allowed)
    }
}

impl std::error::Error for ConfigError {}

/// What a client may send, and how long it may take.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HttpLimits {
    /// The longest body of a request.
    pub body_bytes_max: u64,
    /// The longest single event.
    pub event_bytes_max: u64,
    /// From the end of a request's head to the end of its body.
    pub body_read_ms_max: u64,
    /// From the connection to the end of its first request's head.
    pub header_read_ms_max: u64,
    /// From an answer to the end of the next request's head.
    pub idle_ms_max: u64,
    /// How long an answer waits for the sink, on routes that acknowledge what is there.
    pub sink_ack_ms_max: u64,
    /// Connections at one time; lowered to what the process may open.
    pub connections_max: u32,
    /// Bytes of bodies in memory at one time, from their first byte until the backlog has them.
    pub in_flight_bytes_max: u64,
}

impl Default for HttpLimits {
    fn default() -> Self {
        Self {
            body_bytes_max: MIB,
            event_bytes_max: 256 * KIB,
            body_read_ms_max: 10_000,
            header_read_ms_max: 10_000,
            idle_ms_max: 60_000,
            sink_ack_ms_max: 10_000,
            connections_max: 8192,
            in_flight_bytes_max: 256 * MIB,
        }
    }
}

/// How fast one client may send: whoever shows a token, or an address where nobody needs one.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RateConfig {
    /// Requests, but for health checks and the files of the page.
    pub requests: Rate,
    /// Events.
    pub events: Rate,
}

/// So many a second, evenly, and some at once.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Rate {
    /// How many a second; 0 for any number.
    pub per_s: u64,
    /// How many may come at once; 0 for as many as a second.
    pub burst: u64,
}

impl Rate {
    /// How many may come at once.
    pub(crate) fn burst(self) -> u64 {
        if self.burst == 0 { self.per_s } else { self.burst }
    }
}

impl RateConfig {
    pub(crate) fn is_on(&self) -> bool {
        self.requests.per_s > 0 || self.events.per_s > 0
    }

    fn check(&self) -> Result<(), ConfigError> {
        const MOST: u64 = 1_000_000_000;
        within("rate.requests_per_s", self.requests.per_s, 0..=MOST)?;
        within("rate.requests_burst", self.requests.burst, 0..=MOST)?;
        within("rate.events_per_s", self.events.per_s, 0..=MOST)?;
        within("rate.events_burst", self.events.burst, 0..=MOST)
    }
}

/// What connections are encrypted with; with neither file they are not.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TlsConfig {
    /// A PEM file with the certificate, and behind it those that lead to one that clients know.
    pub cert: Option<PathBuf>,
    /// A PEM file with its private key.
    pub key: Option<PathBuf>,
}

impl TlsConfig {
    /// Whether connections are encrypted.
    #[must_use]
    pub fn is_on(&self) -> bool {
        self.cert.is_some()
    }

    fn check(&self) -> Result<(), ConfigError> {
        let (field, other) = match (&self.cert, &self.key) {
            (Some(_), None) => ("tls.key", "tls.cert"),
            (None, Some(_)) => ("tls.cert", "tls.key"),
            _ => return Ok(()),
        };
        let allowed = format!("a PEM file, as {other} is one");
        Err(ConfigError { field: field.to_owned(), value: "left out".to_owned(), allowed })
    }
}

/// What the live page shows.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PageConfig {
    /// Shows what is in events; otherwise their keys, and no value.
    pub bodies_shown: bool,
}

/// Where events wait, and how many may.
#[derive(Debug, Clone)]
pub struct BacklogConfig {
    /// The engine.
    pub url: BacklogUrl,
    /// How much it may hold.
    pub limits: Limits,
    /// For how long requests and events are known again.
    pub marks: MarkLimits,
    /// What a stream that machines share is like, if that is where events wait.
    pub stream: StreamConfig,
    /// What is in front of such a stream.
    pub spool: SpoolConfig,
}

impl Default for BacklogConfig {
    fn default() -> Self {
        let limits = Limits { events_max: 1_000_000, bytes_max: 256 * MIB };
        let (marks, stream) = (MarkLimits::default(), StreamConfig::default());
        let spool = SpoolConfig::default();
        Self { url: BacklogUrl::default(), limits, marks, stream, spool }
    }
}

/// What a stream of NATS JetStream is like.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StreamConfig {
    /// What a consumer has is another's when nothing was heard of it for so long.
    pub ack_wait_ms: u64,
    /// On how many servers of a cluster each event is kept.
    pub replicas: usize,
    /// A file of credentials, as NATS has them.
    pub credentials: Option<PathBuf>,
    /// A PEM file with the certificate of who certifies the server.
    pub ca: Option<PathBuf>,
    /// How many partitions a route has that keeps an order, from 1 to 256.
    pub partitions: usize,
}

impl Default for StreamConfig {
    fn default() -> Self {
        Self { ack_wait_ms: 30_000, replicas: 1, partitions: 16, credentials: None, ca: None }
    }
}

/// Names a backlog engine.
///
/// # Examples
/// ```
/// use forebay_server::BacklogUrl;
///
/// assert_eq!("memory:".parse(), Ok(BacklogUrl::Memory));
/// assert_eq!("disk:./data".parse(), Ok(BacklogUrl::Disk("./data".into())));
/// assert!("disk:".parse::<BacklogUrl>().is_err());
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum BacklogUrl {
    /// `memory:`: events wait in the process and are lost with it.
    Memory,
    /// `disk:PATH`: events wait in a folder and survive the process.
    Disk(PathBuf),
    /// `nats://HOST:PORT/STREAM`: events wait in a stream of NATS JetStream, for as many machines as
    /// like.
    Nats(Address),
}

impl Default for BacklogUrl {
    fn default() -> Self {
        Self::Disk("./forebay-data".into())
    }
}

impl FromStr for BacklogUrl {
    type Err = BacklogUrlError;

    fn from_str(url: &str) -> Result<Self, Self::Err> {
        if url == "memory:" {
            return Ok(Self::Memory);
        }
        if url.starts_with("nats:") || url.starts_with("tls:") {
            return url.parse().map(Self::Nats).map_err(BacklogUrlError::Nats);
        }
        match url.strip_prefix("disk:") {
            Some(path) if !path.is_empty() => Ok(Self::Disk(path.into())),
            _ => Err(BacklogUrlError::Unknown),
        }
    }
}

impl fmt::Display for BacklogUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Memory => f.write_str("memory:"),
            Self::Disk(path) => write!(f, "disk:{}", path.display()),
            Self::Nats(address) => address.fmt(f),
        }
    }
}

/// Says which backlogs there are.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum BacklogUrlError {
    /// It begins like none of them.
    Unknown,
    /// It is no address of a stream.
    Nats(AddressError),
}

impl fmt::Display for BacklogUrlError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unknown => {
                f.write_str("not a backlog; use disk:PATH, memory: or nats://HOST:PORT/STREAM")
            }
            Self::Nats(error) => write!(f, "not the address of a stream: {error}"),
        }
    }
}

impl std::error::Error for BacklogUrlError {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_defaults_pass_their_own_check() {
        Config::default().check().expect("the documented defaults work");
    }

    #[test]
    fn a_number_out_of_range_is_named_with_its_value_and_its_range() {
        let mut config = Config::default();
        config.http.body_bytes_max = 0;
        let error = config.check().expect_err("no body fits into 0 bytes");
        assert_eq!(error.to_string(), "http.body_bytes_max is 0; allowed is 1 to 1073741824");
    }

    #[test]
    fn gears_that_would_flutter_are_refused() {
        let mut config = Config::default();
        config.consumer.engage_above = 5;
        config.consumer.release_at = 5;
        let error = config.check().expect_err("release must be below engage");
        assert_eq!(error.to_string(), "consumer.release_at is 5; allowed is 0 to 4");
    }
}
