//! The log in front of a stream.

use std::path::PathBuf;

use forebay_backlog::Limits;

use super::{ConfigError, HOUR_MS, KIB, MIB, within};

/// A log on this machine, in front of a stream that machines share.
///
/// # Examples
/// ```
/// let spool = forebay_server::SpoolConfig::default();
/// assert_eq!(spool.folder, None); // without one, the stream itself answers
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SpoolConfig {
    /// Its folder; that of a route other than the default one has the route's name behind it. Without one, there is
    /// no such log.
    pub folder: Option<PathBuf>,
    /// How much it takes.
    pub limits: Limits,
    /// How long it keeps what the stream has acknowledged: longer than the server takes to sync.
    pub keep_ms: u64,
}

impl Default for SpoolConfig {
    fn default() -> Self {
        let limits = Limits { events_max: 100_000_000, bytes_max: 16 * 1024 * MIB };
        Self { folder: None, limits, keep_ms: 180_000 }
    }
}

impl SpoolConfig {
    pub(super) fn check(&self) -> Result<(), ConfigError> {
        let Limits { events_max, bytes_max } = self.limits;
        within("backlog.spool_events_max", events_max, 1..=1_000_000_000)?;
        within("backlog.spool_bytes_max", bytes_max, KIB..=1024 * 1024 * MIB)?;
        within("backlog.spool_keep_ms", self.keep_ms, 0..=24 * HOUR_MS)
    }

    /// That of one route.
    pub(super) fn of_route(&self, name: &str) -> Option<SpoolInForce> {
        let mut folder = self.folder.clone()?.into_os_string();
        if name != crate::DEFAULT_ROUTE {
            folder.push(format!(".{name}"));
        }
        let (limits, keep_ms) = (self.limits, self.keep_ms);
        Some(SpoolInForce { folder: folder.into(), limits, keep_ms })
    }
}

/// The log in front of the stream of one route.
#[derive(Debug, Clone)]
pub(crate) struct SpoolInForce {
    pub(crate) folder: PathBuf,
    #[cfg_attr(not(feature = "jetstream"), expect(dead_code, reason = "only a stream has one"))]
    pub(crate) limits: Limits,
    #[cfg_attr(not(feature = "jetstream"), expect(dead_code, reason = "only a stream has one"))]
    pub(crate) keep_ms: u64,
}
