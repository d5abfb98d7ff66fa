//! The service: puts the parts together, in the order an event passes them, and takes them apart
//! in the same order, so that nothing is lost between two of them.

mod change;
pub(crate) mod engine;

use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::time::Duration;
use std::{fmt, io};

use arc_swap::ArcSwap;
use forebay_backlog::{Backlog, Durability, OpenError};
use rustls::ServerConfig;
use tokio::net::TcpListener;

use crate::clock;
use crate::config::{Config, ConfigError, Role, RouteInForce};
use crate::consumer::{Consumer, ConsumerError, ConsumerHandle};
use crate::dead::{DeadError, DeadLetters};
use crate::http::{
    self, Attributes, Counts, Door, Front, Gate, Guests, Meters, Route, Routes, Terms, TlsError,
    TokenFileError, Tokens, Webhook, Webhooks,
};
use crate::ids::Ids;
use crate::live::{self, Live, Sampler};
use crate::room::Room;
use crate::sink::{Place, Watermark};
use crate::status::Report;
use crate::traces::Traces;
use crate::trial::{self, Trial};
use crate::valve::Valve;
use crate::watchdog::{Watch, Watchdog};

/// A running service.
///
/// [`stop`](Self::stop) ends it. Dropping it ends it without delivering what waits.
///
/// # Examples
/// ```
/// use std::time::Duration;
/// use forebay_server::{BacklogConfig, Config, Service};
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let folder = std::env::temp_dir().join(format!("forebay-doc-{}", std::process::id()));
/// # std::fs::create_dir_all(&folder)?;
/// # tokio::runtime::Runtime::new()?.block_on(async {
/// let config = Config {
///     listen: "127.0.0.1:0".parse()?,
///     backlog: BacklogConfig { url: "memory:".parse()?, ..BacklogConfig::default() },
///     sink: format!("sqlite:{}", folder.join("events.db").display()).parse()?,
///     ..Config::default()
/// };
/// let service = Service::start(config).await?;
/// assert_ne!(service.local_addr().port(), 0);
///
/// let left = service.stop(Duration::from_secs(5)).await;
/// assert_eq!(left.waiting, 0);
/// # std::fs::remove_dir_all(&folder)?;
/// # Ok(()) })
/// # }
/// ```
#[derive(Debug)]
pub struct Service {
    local_addr: SocketAddr,
    front: Arc<Front>,
    door: Door,
    /// One a route.
    lanes: Vec<Lane>,
    _sampler: Sampler,
}

/// Where requests come in, and who may.
struct Entrance {
    gate: Gate,
    tls: Option<Arc<ServerConfig>>,
    listener: TcpListener,
    local_addr: SocketAddr,
}

/// What brings the events of one route into the sink.
#[derive(Debug)]
struct Lane {
    backlog: Arc<dyn Backlog>,
    consumer: ConsumerHandle,
    /// Watches until it is dropped.
    watchdog: Watchdog,
}

impl Service {
    /// Starts to listen, to take events and to deliver them.
    ///
    /// `Ok` means that a client can connect. It does not mean that the sink is there: that is in
    /// `/status`, and the service goes on trying.
    ///
    /// # Errors
    /// The configuration cannot work, or the address cannot be listened on.
    ///
    /// # Cancel safety
    /// Dropping the future starts nothing; a stream of JetStream that was missing may have been made.
    pub async fn start(config: Config) -> Result<Service, StartError> {
        let gate = checked_gate(&config)?;
        let tls = http::tls::read(&config.tls).map_err(StartError::Tls)?;
        let listen = config.listen;
        let failed = |source| StartError::Listen { listen, source };
        let listener = http::bind(listen).map_err(failed)?;
        let local_addr = listener.local_addr().map_err(failed)?;
        Self::behind(Entrance { gate, tls, listener, local_addr }, config).await
    }

    /// The same on a socket that listens already, whatever `config.listen` says. Connections wait
    /// in it while no service accepts them, so whoever keeps it open may restart the service
    /// without refusing anybody.
    ///
    /// # Errors
    /// The configuration cannot work, or the socket is none that listens.
    ///
    /// # Cancel safety
    /// As [`start`](Self::start).
    pub async fn start_on(
        mut config: Config,
        listener: std::net::TcpListener,
    ) -> Result<Service, StartError> {
        let failed = |source| StartError::Listen { listen: config.listen, source };
        let local_addr = listener.local_addr().map_err(failed)?;
        listener.set_nonblocking(true).map_err(failed)?;
        let listener = TcpListener::from_std(listener).map_err(failed)?;
        config.listen = local_addr;
        let gate = checked_gate(&config)?;
        let tls = http::tls::read(&config.tls).map_err(StartError::Tls)?;
        Self::behind(Entrance { gate, tls, listener, local_addr }, config).await
    }

    async fn behind(entrance: Entrance, config: Config) -> Result<Service, StartError> {
        let Entrance { gate, tls, listener, local_addr } = entrance;
        let mut limits = config.http.clone();
        let seats = http::room_for(limits.connections_max).get();
        limits.connections_max = seats;
        let guests = Guests::new(seats);
        let scene = live::Scene::of(&config, &gate, clock::unix_ms());
        let (rate, webhooks) = (config.rate.clone(), webhooks(&config));
        let terms = Arc::new(ArcSwap::from_pointee(Terms { limits, rate, gate, tls, webhooks }));
        let files = live::Files::of(&config.backlog);
        let requeued = Arc::default();
        let dead =
            DeadLetters::beside(&config.sink, Arc::clone(&requeued)).map_err(StartError::Dead)?;
        let (mut routes, mut lanes) = (Vec::new(), Vec::new());
        for route in config.routes_in_force() {
            let (route, lane) = lane(&config, route, &requeued).await?;
            routes.push(route);
            lanes.push(lane);
        }
        let report = Arc::new(Report {
            started_at: clock::now(),
            routes: routes.clone(),
            guests: Arc::clone(&guests),
            terms: Arc::clone(&terms),
            budget: Arc::default(),
        });
        let live = Live::new(Arc::clone(&report), scene);
        let sampler = Sampler::start(Arc::clone(&live), files);
        let front = Arc::new(Front {
            terms,
            meters: Meters::default(),
            budget: Arc::clone(&report.budget),
            counts: Counts::new(routes.iter().map(|route| Arc::clone(&route.name))),
            routes: Routes::new(routes),
            ids: Ids::new(clock::seed()),
            report,
            live,
            dead,
            draining: AtomicBool::new(false),
        });
        let door = Door::open(listener, Arc::clone(&front), guests);
        tracing::info!(%local_addr, connections_max = seats, "listening");
        Ok(Service { local_addr, front, door, lanes, _sampler: sampler })
    }

    /// Says whether a service would start with `config`, as far as that can be said without
    /// listening and without touching the sink.
    ///
    /// # Errors
    /// A field that cannot work, tokens that cannot be used, or a door open to all.
    pub fn check(config: &Config) -> Result<(), StartError> {
        checked_gate(config)?;
        http::tls::read(&config.tls).map(drop).map_err(StartError::Tls)
    }

    /// Tries what [`start`](Self::start) would open: the backlog and the table of every route. It
    /// makes and changes nothing.
    ///
    /// # Errors
    /// As [`check`](Self::check).
    ///
    /// # Cancel safety
    /// Nothing is changed, so nothing is lost.
    pub async fn try_out(config: &Config) -> Result<Vec<Trial>, StartError> {
        Self::check(config)?;
        Ok(trial::all(config).await)
    }

    /// Where it listens, with the port that was taken when the configuration said 0.
    pub fn local_addr(&self) -> SocketAddr {
        self.local_addr
    }

    /// Events that nobody has begun to write, over all routes.
    pub fn waiting(&self) -> u64 {
        self.lanes.iter().map(|lane| lane.backlog.snapshot().waiting).sum()
    }

    /// Stops to accept, answers what is in flight, and delivers what waits, for up to `drain_for`.
    ///
    /// Returns what is left undelivered: with the memory backlog, that is lost; the disk backlog
    /// keeps it.
    ///
    /// # Cancel safety
    /// The service is no longer whole; what waits is lost.
    pub async fn stop(self, drain_for: Duration) -> Left {
        let deadline = clock::now() + drain_for;
        self.front.drain();
        self.door.close(deadline).await;
        // Only now: a request in flight may still have added to them.
        for lane in &self.lanes {
            lane.backlog.close();
        }
        let drain = self.lanes.into_iter().map(|lane| async move {
            lane.consumer.drain(deadline.saturating_duration_since(clock::now())).await;
            lane.watchdog.last_look(&lane.backlog.snapshot());
            Left::of(&*lane.backlog)
        });
        Left::sum(&futures_util::future::join_all(drain).await)
    }
}

/// Opens the backlog of a route and starts to deliver from it.
async fn lane(
    config: &Config,
    route: RouteInForce,
    requeued: &Arc<Watermark>,
) -> Result<(Arc<Route>, Lane), StartError> {
    let began = clock::now();
    let engine::Opened { backlog, damaged_told } = engine::open(&route).await?;
    let recovery = began.elapsed();
    let name: Arc<str> = route.name.into();
    let place = Place {
        route: Arc::clone(&name),
        table: route.table,
        mapping: route.mapping.clone(),
        traces: Traces::of(&config.otel, &name),
        requeued: Arc::clone(requeued),
        ..Place::default()
    };
    let traces = place.traces.clone();
    let (arrivals, tallies) = (Arc::clone(&place.arrivals), Arc::clone(&place.tallies));
    let valve = Arc::new(Valve::new(Arc::clone(&backlog)));
    let (seed, from) = (clock::seed(), Arc::clone(&valve) as Arc<dyn Backlog>);
    let consumer = match config.role {
        Role::Ingest => Consumer::none(&place),
        Role::Consume | Role::Both => {
            Consumer::start_at(place, from, &config.sink, &config.consumer_of(&name), seed)
                .map_err(StartError::Consumer)?
        }
    };
    let watch = Watch::new(damaged_told);
    let after = Duration::from_millis(config.stalled_after_ms);
    let watchdog = watch.over(Arc::clone(&name), Arc::clone(&valve), consumer.gauge(), after);
    let route = Route {
        attributes: Attributes::new(&name),
        name,
        role: config.role,
        backlog,
        traces,
        valve: Arc::clone(&valve),
        consumer: consumer.gauge(),
        ack: route.ack,
        event_id: route.event_id,
        mapping: route.mapping,
        arrivals,
        watch,
        room: Room::default(),
        tallies,
        recovery,
    };
    Ok((Arc::new(route), Lane { backlog: valve, consumer, watchdog }))
}

/// What a stopped service has not delivered.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Left {
    /// Events that nobody had begun to write.
    pub waiting: u64,
    /// Events of which it is not known whether they were written.
    pub in_flight: u64,
    /// What becomes of both.
    pub fate: Fate,
}

/// What becomes of events that were not delivered.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Fate {
    /// They are gone with the process.
    #[default]
    Lost,
    /// They are delivered after the next start.
    Kept,
}

impl Left {
    fn of(backlog: &dyn Backlog) -> Self {
        let snapshot = backlog.snapshot();
        let fate = match backlog.durability() {
            Durability::Memory => Fate::Lost,
            Durability::Disk | Durability::JetStream => Fate::Kept,
        };
        Self { waiting: snapshot.waiting, in_flight: snapshot.in_flight, fate }
    }

    /// What is lost, if anything is; what is kept otherwise.
    fn sum(lanes: &[Self]) -> Self {
        let is_lost = |left: &&Self| left.fate == Fate::Lost && left.waiting + left.in_flight > 0;
        let fate = if lanes.iter().any(|left| is_lost(&left)) { Fate::Lost } else { Fate::Kept };
        let counted = || lanes.iter().filter(|left| fate == Fate::Kept || left.fate == fate);
        Self {
            waiting: counted().map(|left| left.waiting).sum(),
            in_flight: counted().map(|left| left.in_flight).sum(),
            fate,
        }
    }
}

/// Who has to sign, by the names of their routes.
fn webhooks(config: &Config) -> Webhooks {
    let routes = config.routes_in_force().into_iter();
    routes.filter_map(|route| Some((route.name, Webhook::new(route.webhook?)))).collect()
}

/// Whether the same routes are signed, and in the same way.
fn are_alike(one: &Webhooks, other: &Webhooks) -> bool {
    let mut pairs = one.iter().zip(other);
    one.len() == other.len()
        && pairs.all(|(one, other)| one.0 == other.0 && one.1.is_alike(other.1))
}

fn checked_gate(config: &Config) -> Result<Gate, StartError> {
    config.check().map_err(StartError::Config)?;
    match &config.token_file {
        Some(path) => {
            let names = config.routes_in_force().into_iter().map(|route| route.name);
            let names: Vec<_> = names.collect();
            tokens(path, &names).map(Gate::Tokens).map_err(StartError::Tokens)
        }
        None if config.listen.ip().is_loopback() => Ok(Gate::Open),
        None if config.allow_anonymous => Ok(Gate::Anonymous),
        None => Err(StartError::OpenToAll { listen: config.listen }),
    }
}

fn tokens(path: &Path, routes: &[String]) -> Result<Tokens, TokenFileError> {
    let routes: Vec<_> = routes.iter().map(String::as_str).collect();
    let tokens = Tokens::read(path, &routes)?;
    if tokens.plain() > 0 {
        tracing::warn!(
            plain = tokens.plain(),
            path = %path.display(),
            "tokens stand in the token file as they are; put what `forebay token hash` makes of \
             each there instead"
        );
    }
    Ok(tokens)
}

/// Why a service did not start.
#[derive(Debug)]
#[non_exhaustive]
pub enum StartError {
    /// A field of the configuration cannot work.
    Config(ConfigError),
    /// The token file cannot be used.
    Tokens(TokenFileError),
    /// Anybody could send events, from other machines too.
    OpenToAll {
        /// Where it was to listen.
        listen: SocketAddr,
    },
    /// Connections cannot be encrypted.
    Tls(TlsError),
    /// A running service was to begin what has to be told to it at its start.
    Unchangeable {
        /// What.
        what: &'static str,
    },
    /// The backlog cannot be opened.
    Backlog(OpenError),
    /// The stream that is the backlog cannot be used, and why.
    Stream(String),
    /// The sink can never work as configured; one that is merely down is no error.
    Consumer(ConsumerError),
    /// Dead letters of the sink can never be looked after.
    Dead(DeadError),
    /// The address cannot be listened on.
    Listen {
        /// Where it was to listen.
        listen: SocketAddr,
        /// What the system says.
        source: io::Error,
    },
}

impl fmt::Display for StartError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Config(error) => error.fmt(f),
            Self::Tokens(error) => error.fmt(f),
            Self::Tls(error) => error.fmt(f),
            Self::Unchangeable { what } => {
                write!(f, "a running service cannot begin {what}; start it again")
            }
            Self::Consumer(error) => error.fmt(f),
            Self::Dead(error) => error.fmt(f),
            Self::Backlog(error) => write!(f, "backlog: {error}"),
            Self::Stream(error) => write!(f, "backlog: {error}"),
            Self::OpenToAll { listen } => write!(
                f,
                "{listen} can be reached from other machines and nobody needs a token; \
                 give --token-file FILE, or --allow-anonymous to let everybody in"
            ),
            Self::Listen { listen, source } => write!(f, "cannot listen on {listen}: {source}"),
        }
    }
}

impl std::error::Error for StartError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Listen { source, .. } => Some(source),
            Self::Backlog(error) => Some(error),
            _ => None,
        }
    }
}
