//! Where dead letters are looked after: in the sink itself, or by asking the service that runs.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use forebay_backlog::{Backlog, DiskBacklog, OpenError};
use forebay_server::{BacklogUrl, Config, DEFAULT_ROUTE, DeadFilter, DeadLetters};
use serde_json::Value;
use tokio::runtime::Runtime;
use uuid::Uuid;

use super::service::Service;
use crate::clock;
use crate::outcome::Failure;
use crate::serve::configuration;
use crate::settings::Given;

/// Which dead letters are meant.
#[derive(Debug, Clone, Default)]
pub(super) struct Which {
    pub(super) ids: Vec<Uuid>,
    pub(super) route: Option<String>,
    pub(super) reason: Option<String>,
    pub(super) older_than: Option<Duration>,
    pub(super) newer_than: Option<Duration>,
    pub(super) limit: Option<u64>,
}

impl Which {
    fn filter(&self) -> DeadFilter {
        let now_ms = clock::unix_ms();
        let before = |age: Duration| {
            now_ms.saturating_sub(i64::try_from(age.as_millis()).unwrap_or(i64::MAX))
        };
        DeadFilter {
            ids: self.ids.clone(),
            route: self.route.clone(),
            reason: self.reason.clone(),
            failed_before_ms: self.older_than.map(before),
            failed_since_ms: self.newer_than.map(before),
        }
    }
}

/// Where they are.
#[derive(Debug)]
pub(super) struct Place {
    /// The service that is to be asked.
    pub(super) url: Option<String>,
    /// The certificates by which that service is known.
    pub(super) ca: Option<PathBuf>,
    /// The file of settings; without one `./forebay.toml`, if it is there.
    pub(super) config: Option<PathBuf>,
    /// What the flags say.
    pub(super) flags: Vec<Given>,
}

/// Some of them, and what to go on after.
#[derive(Debug)]
pub(super) struct Page {
    pub(super) dead: Vec<Value>,
    pub(super) next: Option<Uuid>,
}

/// Whoever looks after them.
#[derive(Debug)]
pub(super) enum Desk {
    /// The sink itself.
    Sink {
        letters: DeadLetters,
        config: Box<Config>,
        runtime: Runtime,
        which: Which,
        /// Those of all routes, opened by the first who needs them.
        backlogs: OnceLock<BTreeMap<String, Arc<dyn Backlog>>>,
    },
    /// The service that runs.
    Service { service: Service, which: Which },
}

impl Desk {
    pub(super) fn open(place: Place, which: Which) -> Result<Self, Failure> {
        let Place { url, ca, config, flags } = place;
        let in_force = configuration::read(config.as_deref(), std::env::vars_os(), flags)?;
        let config = Box::new(in_force.settings.server);
        if let Some(url) = url {
            let service = Service::new(&url, config.token_file.as_deref(), ca.as_deref())?;
            return Ok(Self::Service { service, which });
        }
        let letters = DeadLetters::new(&config.sink).map_err(failed)?;
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        let runtime = runtime.map_err(|error| Failure::Failed(format!("cannot start: {error}")))?;
        Ok(Self::Sink { letters, config, runtime, which, backlogs: OnceLock::new() })
    }

    /// No more than this many are meant.
    pub(super) fn limit(&self) -> u64 {
        let (Self::Sink { which, .. } | Self::Service { which, .. }) = self;
        which.limit.unwrap_or(u64::MAX)
    }

    pub(super) fn count(&self) -> Result<u64, Failure> {
        let count = match self {
            Self::Sink { letters, runtime, which, .. } => {
                runtime.block_on(letters.count(&which.filter())).map_err(failed)?
            }
            Self::Service { service, which } => service.count(which)?,
        };
        Ok(count.min(self.limit()))
    }

    pub(super) fn page(&self, after: Option<Uuid>, limit: u32) -> Result<Page, Failure> {
        match self {
            Self::Sink { letters, runtime, which, .. } => {
                let filter = which.filter();
                let page = runtime.block_on(letters.list(&filter, after, limit)).map_err(failed)?;
                let dead = page.dead.iter().map(serde_json::to_value).collect::<Result<_, _>>();
                Ok(Page { dead: dead.expect("plain data becomes JSON"), next: page.next })
            }
            Self::Service { service, which } => service.page(which, after, limit),
        }
    }

    /// Puts up to `limit` back.
    pub(super) fn requeue(&self, limit: u64) -> Result<u64, Failure> {
        match self {
            Self::Sink { letters, config, runtime, which, backlogs } => {
                if backlogs.get().is_none() {
                    let _ = backlogs.set(open_backlogs(config)?);
                }
                let of_route = |route: &str| backlogs.get()?.get(route).cloned();
                let filter = which.filter();
                runtime.block_on(letters.requeue(&filter, limit, &of_route)).map_err(failed)
            }
            Self::Service { service, which } => service.requeue(which, limit),
        }
    }

    /// Deletes up to `limit`.
    pub(super) fn purge(&self, limit: u64) -> Result<u64, Failure> {
        match self {
            Self::Sink { letters, runtime, which, .. } => {
                runtime.block_on(letters.purge(&which.filter(), limit)).map_err(failed)
            }
            Self::Service { service, which } => service.purge(which, limit),
        }
    }
}

fn failed(error: impl std::fmt::Display) -> Failure {
    Failure::Failed(error.to_string())
}

/// Opens the backlogs that a service which does not run would use: all of them, before anything is
/// touched.
fn open_backlogs(config: &Config) -> Result<BTreeMap<String, Arc<dyn Backlog>>, Failure> {
    let others = config.routes.keys().map(String::as_str).filter(|name| *name != DEFAULT_ROUTE);
    let names = [DEFAULT_ROUTE].into_iter().chain(others);
    names.map(|name| Ok((name.to_owned(), open_backlog(config, name)?))).collect()
}

fn open_backlog(config: &Config, route: &str) -> Result<Arc<dyn Backlog>, Failure> {
    let (path, limits) = match config.backlog_of(route) {
        Some((BacklogUrl::Disk(path), limits)) => (path, limits),
        other => {
            let url = other.map_or_else(|| "none".to_owned(), |(url, _)| url.to_string());
            return Err(Failure::Usage(format!(
                "the backlog of route {route} is {url}, so only a service that runs can put events \
                 back: add --url URL"
            )));
        }
    };
    match DiskBacklog::open(&path, limits) {
        Ok(backlog) => Ok(Arc::new(backlog)),
        Err(error @ OpenError::InUse { .. }) => Err(Failure::Failed(format!(
            "{error}; while forebay serves, let it do this: add --url http://{}",
            config.listen
        ))),
        Err(error) => Err(failed(error)),
    }
}
