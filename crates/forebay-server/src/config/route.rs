//! What a route is told.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;
use std::sync::Arc;

use forebay_backlog::{Limits, MarkLimits};
use serde_json::Value;
use sha2::{Digest as _, Sha256};

use super::{
    BacklogUrl, Config, ConfigError, KIB, MIB, Role, SpoolInForce, StreamConfig, WebhookConfig,
    WebhookInForce, within,
};
use crate::DEFAULT_ROUTE;
use crate::columns::{ColumnConfig, ColumnNames, Mapping};
use crate::consumer::ConsumerConfig;
use crate::sink::Table;

/// The longest name of a route.
const NAME_BYTES_MAX: usize = 63;

/// What is different for one route. What is left out is as for all.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RouteConfig {
    /// Where its events wait. Left out, it is the folder of the default route with the route's
    /// name behind it, such as `./forebay-data.orders`, or memory where that is in memory.
    pub backlog: Option<BacklogUrl>,
    /// How many events may wait.
    pub events_max: Option<u64>,
    /// How many bytes they may take.
    pub bytes_max: Option<u64>,
    /// The table that its events become rows of. Left out, it is called like the route, with `_`
    /// for `-`; that of the default route is `events`.
    pub table: Option<Table>,
    /// When its answers leave. Left out, when the backlog has the events.
    pub ack: Option<Ack>,
    /// Where an event's own id is, by which it is known again.
    pub event_id: Option<Pointer>,
    /// Where the key is by which its events keep their order on the way to the sink.
    pub order_by: Option<Pointer>,
    /// The columns of its table, by their names. Left out, these are the usual four.
    pub columns: BTreeMap<String, ColumnConfig>,
    /// The columns by which a row is the same one: then a newer event changes it.
    pub upsert_on: Option<ColumnNames>,
    /// How what comes to it is signed.
    pub webhook: WebhookConfig,
}

/// When an answer leaves: what an acknowledgement means.
///
/// # Examples
/// ```
/// use forebay_server::Ack;
///
/// assert_eq!("sink".parse(), Ok(Ack::Sink));
/// assert!("maybe".parse::<Ack>().is_err());
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ack {
    /// When the backlog has room for the events: they are lost if the process dies now.
    Memory,
    /// When the events are on disk.
    Disk,
    /// When the events are in the sink, or in dead letters.
    Sink,
}

impl FromStr for Ack {
    type Err = AckError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "memory" => Ok(Self::Memory),
            "disk" => Ok(Self::Disk),
            "sink" => Ok(Self::Sink),
            _ => Err(AckError),
        }
    }
}

impl fmt::Display for Ack {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Memory => "memory",
            Self::Disk => "disk",
            Self::Sink => "sink",
        })
    }
}

/// Says which acknowledgements there are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AckError;

impl fmt::Display for AckError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("none of memory, disk and sink")
    }
}

impl std::error::Error for AckError {}

/// A JSON Pointer (RFC 6901), such as `/order/id`.
///
/// # Examples
/// ```
/// use forebay_server::Pointer;
///
/// let pointer: Pointer = "/order/id".parse()?;
/// assert_eq!(pointer.id_in(r#"{"order":{"id":7}}"#), Some("7".to_owned()));
/// assert!("order".parse::<Pointer>().is_err());
/// # Ok::<(), forebay_server::PointerError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pointer(String);

impl Pointer {
    /// Its steps, as names and places are written in JSON.
    pub(crate) fn tokens(&self) -> impl Iterator<Item = String> {
        let tokens = self.0.split('/').skip(1);
        tokens.map(|token| token.replace("~1", "/").replace("~0", "~"))
    }

    /// The id that is there in `json`: a string as it is, or a number as it is written.
    #[must_use]
    pub fn id_in(&self, json: &str) -> Option<String> {
        let value: Value = serde_json::from_str(json).ok()?;
        match value.pointer(&self.0)? {
            Value::String(text) if !text.is_empty() => Some(text.clone()),
            Value::Number(number) => Some(number.to_string()),
            _ => None,
        }
    }

    /// A digest of what is there, the same on every machine. What has nothing there is all alike.
    #[cfg_attr(not(feature = "jetstream"), expect(dead_code, reason = "only a stream is parted"))]
    pub(crate) fn digest_in(&self, json: &str) -> u64 {
        let digest = Sha256::digest(self.id_in(json).unwrap_or_default());
        digest.first_chunk().copied().map_or(0, u64::from_le_bytes)
    }
}

impl FromStr for Pointer {
    type Err = PointerError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if text.starts_with('/') { Ok(Self(text.to_owned())) } else { Err(PointerError) }
    }
}

impl fmt::Display for Pointer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Says how a JSON Pointer is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PointerError;

impl fmt::Display for PointerError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("not a JSON Pointer, such as /id or /order/id")
    }
}

impl std::error::Error for PointerError {}

/// A route with everything that holds for it.
#[derive(Debug, Clone)]
pub(crate) struct RouteInForce {
    pub(crate) name: String,
    pub(crate) backlog: BacklogUrl,
    pub(crate) limits: Limits,
    pub(crate) marks: MarkLimits,
    #[cfg_attr(not(feature = "jetstream"), expect(dead_code, reason = "only a stream is told"))]
    pub(crate) stream: StreamConfig,
    /// What is in front of its stream, where events are taken in.
    pub(crate) spool: Option<SpoolInForce>,
    pub(crate) table: Table,
    pub(crate) ack: Ack,
    pub(crate) event_id: Option<Pointer>,
    #[cfg_attr(not(feature = "jetstream"), expect(dead_code, reason = "only a stream is parted"))]
    pub(crate) order_by: Option<Pointer>,
    pub(crate) mapping: Option<Arc<Mapping>>,
    pub(crate) webhook: Option<WebhookInForce>,
}

impl Config {
    /// Every route, the default one first.
    pub(crate) fn routes_in_force(&self) -> Vec<RouteInForce> {
        let others = self.routes.keys().map(String::as_str).filter(|name| *name != DEFAULT_ROUTE);
        [DEFAULT_ROUTE].into_iter().chain(others).map(|name| self.in_force(name)).collect()
    }

    /// Where the backlog of the route `name` is; nothing if there is no such route.
    #[must_use]
    pub fn backlog_of(&self, name: &str) -> Option<(BacklogUrl, Limits)> {
        let is_there = name == DEFAULT_ROUTE || self.routes.contains_key(name);
        is_there.then(|| self.in_force(name)).map(|route| (route.backlog, route.limits))
    }

    /// How the events of the route `name` are written. Where they keep an order, and are not parted in a stream that knows
    /// which of them may go beside each other, one writer is all there is.
    pub(crate) fn consumer_of(&self, name: &str) -> ConsumerConfig {
        let mut consumer = self.consumer.clone();
        let is_parted =
            || self.backlog_of(name).is_some_and(|(url, _)| matches!(url, BacklogUrl::Nats(_)));
        if self.routes.get(name).is_some_and(|route| route.order_by.is_some()) && !is_parted() {
            (consumer.slow.writers, consumer.fast.writers) = (1, 1);
        }
        consumer
    }

    fn in_force(&self, name: &str) -> RouteInForce {
        let own = self.routes.get(name).cloned().unwrap_or_default();
        // What cannot be is told by `check`, before anything is in force.
        let mapping = Mapping::of(name, &own).ok().flatten().map(Arc::new);
        let webhook = WebhookInForce::of(name, &own).ok().flatten();
        let Limits { events_max, bytes_max } = self.backlog.limits;
        let backlog = own.backlog.unwrap_or_else(|| match &self.backlog.url {
            url if name == DEFAULT_ROUTE => url.clone(),
            BacklogUrl::Memory => BacklogUrl::Memory,
            BacklogUrl::Disk(path) => {
                let mut path = path.clone().into_os_string();
                path.push(format!(".{name}"));
                BacklogUrl::Disk(PathBuf::from(path))
            }
            BacklogUrl::Nats(address) => BacklogUrl::Nats(address.of_route(name)),
        });
        let kept = match backlog {
            BacklogUrl::Memory => Ack::Memory,
            // Each engine's own promise: that of a stream is not called disk, but it is kept.
            BacklogUrl::Disk(_) | BacklogUrl::Nats(_) => Ack::Disk,
        };
        let is_spooled = self.role != Role::Consume && matches!(backlog, BacklogUrl::Nats(_));
        RouteInForce {
            spool: self.backlog.spool.of_route(name).filter(|_| is_spooled),
            mapping,
            webhook,
            table: own.table.unwrap_or_else(|| table_of(name)),
            limits: Limits {
                events_max: own.events_max.unwrap_or(events_max),
                bytes_max: own.bytes_max.unwrap_or(bytes_max),
            },
            marks: self.backlog.marks,
            stream: self.backlog.stream.clone(),
            ack: own.ack.unwrap_or(kept),
            event_id: own.event_id,
            order_by: own.order_by,
            backlog,
            name: name.to_owned(),
        }
    }

    pub(super) fn check_routes(&self) -> Result<(), ConfigError> {
        let mut folders = BTreeSet::new();
        if let Some(name) = self.routes.keys().find(|name| !is_name(name)) {
            return Err(ConfigError {
                field: format!("routes.{name}"),
                value: format!("{name:?}"),
                allowed: "a name of a-z, 0-9, - and _, beginning with a letter, 63 at most"
                    .to_owned(),
            });
        }
        for (name, route) in &self.routes {
            Mapping::of(name, route)?;
            WebhookInForce::of(name, route)?;
            let tolerance_ms = route.webhook.tolerance_ms.unwrap_or(1_000);
            within(&format!("routes.{name}.webhook_tolerance"), tolerance_ms, 1_000..=86_400_000)?;
        }
        for route in self.routes_in_force() {
            let field = |key: &str| match route.name.as_str() {
                DEFAULT_ROUTE if !self.routes.contains_key(DEFAULT_ROUTE) => {
                    format!("backlog.{key}")
                }
                name => format!("routes.{name}.{key}"),
            };
            within(&field("events_max"), route.limits.events_max, 1..=1_000_000_000)?;
            within(&field("bytes_max"), route.limits.bytes_max, KIB..=1024 * 1024 * MIB)?;
            if route.backlog == BacklogUrl::Memory && route.ack == Ack::Disk {
                return Err(ConfigError {
                    field: field("ack"),
                    value: route.ack.to_string(),
                    allowed: "memory or sink, as its backlog is in memory".to_owned(),
                });
            }
            if self.role != Role::Both && !matches!(route.backlog, BacklogUrl::Nats(_)) {
                return Err(ConfigError {
                    field: "role".to_owned(),
                    value: self.role.to_string(),
                    allowed: format!(
                        "both, as the backlog {} is this process's alone; others can share nats://HOST:PORT/STREAM",
                        route.backlog
                    ),
                });
            }
            let folder = match (&route.backlog, &route.spool) {
                (BacklogUrl::Disk(path), _) => path,
                (_, Some(spool)) => &spool.folder,
                _ => continue,
            };
            if !folders.insert(folder.clone()) {
                return Err(ConfigError {
                    field: field("backlog"),
                    value: format!("disk:{}", folder.display()),
                    allowed: "a folder that no other route has".to_owned(),
                });
            }
        }
        self.check_spool()
    }

    /// A spool that stands in front of nothing is a mistake.
    fn check_spool(&self) -> Result<(), ConfigError> {
        let Some(folder) = &self.backlog.spool.folder else { return Ok(()) };
        let mut backlogs = self.routes_in_force().into_iter().map(|route| route.backlog);
        if backlogs.any(|backlog| matches!(backlog, BacklogUrl::Nats(_))) {
            return Ok(());
        }
        Err(ConfigError {
            field: "backlog.spool".to_owned(),
            value: format!("disk:{}", folder.display()),
            allowed: format!(
                "a spool in front of a stream, such as --backlog nats://HOST:PORT/STREAM; {} needs none",
                self.backlog.url
            ),
        })
    }
}

/// A table that is called like the route.
fn table_of(name: &str) -> Table {
    match name {
        DEFAULT_ROUTE => Table::default(),
        _ => name.replace('-', "_").parse().unwrap_or_default(),
    }
}

fn is_name(name: &str) -> bool {
    let is_good = |byte: u8| matches!(byte, b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_');
    name.len() <= NAME_BYTES_MAX
        && name.as_bytes().first().is_some_and(u8::is_ascii_lowercase)
        && name.bytes().all(is_good)
        && name.replace('-', "_").parse::<Table>().is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with(name: &str, route: RouteConfig) -> Config {
        let mut config = Config::default();
        config.routes.insert(name.to_owned(), route);
        config
    }

    #[test]
    fn a_route_has_a_folder_and_a_table_of_its_own() {
        let config = with("web-orders", RouteConfig::default());
        config.check().expect("a name is enough");
        let routes = config.routes_in_force();
        assert_eq!(routes.len(), 2);
        assert_eq!(routes[0].backlog.to_string(), "disk:./forebay-data");
        assert_eq!(routes[1].backlog.to_string(), "disk:./forebay-data.web-orders");
        assert_eq!(
            (routes[1].table.to_string().as_str(), routes[1].ack),
            ("web_orders", Ack::Disk)
        );
    }

    #[test]
    fn a_spool_stands_in_front_of_streams_where_events_are_taken_in() {
        let mut config = with("orders", RouteConfig::default());
        config.backlog.spool.folder = Some("./spool".into());
        let error = config.check().expect_err("a disk needs no other one").to_string();
        assert!(error.starts_with("backlog.spool is disk:./spool; allowed is a spool"), "{error}");
        config.backlog.url = "nats://localhost/events".parse().expect("an address");
        config.check().expect("a stream may have one");
        let folders = |config: &Config| {
            let routes = config.routes_in_force().into_iter();
            routes.filter_map(|route| route.spool).map(|spool| spool.folder).collect::<Vec<_>>()
        };
        assert_eq!(folders(&config), [PathBuf::from("./spool"), "./spool.orders".into()]);
        config.role = Role::Consume;
        assert!(folders(&config).is_empty());
        config.role = Role::Both;
        let same = BacklogUrl::Disk("./spool".into());
        config.routes.insert("a".into(), RouteConfig { backlog: Some(same), ..Default::default() });
        assert!(config.check().expect_err("two want it").to_string().contains("no other route"));
    }

    #[test]
    fn what_cannot_be_is_named() {
        let refused = |config: Config| config.check().expect_err("it cannot be").to_string();
        for name in ["", "Orders", "a/b", "9", "dead_letters", &"x".repeat(64)] {
            assert!(refused(with(name, RouteConfig::default())).contains("routes."), "{name}");
        }
        let memory = RouteConfig {
            backlog: Some(BacklogUrl::Memory),
            ack: Some(Ack::Disk),
            ..RouteConfig::default()
        };
        let error = refused(with("a", memory));
        assert!(error.starts_with("routes.a.ack is disk; allowed is memory or sink"), "{error}");
        let same = RouteConfig { backlog: Some(BacklogUrl::default()), ..RouteConfig::default() };
        assert!(refused(with("a", same)).contains("no other route"));
    }

    #[test]
    fn an_id_is_a_string_or_a_number() {
        let pointer: Pointer = "/a/0".parse().expect("a pointer");
        assert_eq!(pointer.id_in(r#"{"a":["x"]}"#), Some("x".to_owned()));
        assert_eq!(pointer.id_in(r#"{"a":[1.50]}"#), Some("1.5".to_owned()));
        for json in [r#"{"a":[]}"#, r#"{"a":[""]}"#, r#"{"a":[null]}"#, r#"{"a":[{}]}"#, "7"] {
            assert_eq!(pointer.id_in(json), None, "{json}");
        }
    }
}
