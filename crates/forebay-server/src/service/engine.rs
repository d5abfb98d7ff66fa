//! The engine of a route's backlog, opened or looked at.

use std::path::Path;
use std::sync::Arc;
#[cfg(feature = "jetstream")]
use std::time::Duration;

use forebay_backlog::{Address, Backlog, DiskBacklog, DiskOptions, Limits, MemoryBacklog};
#[cfg(feature = "jetstream")]
use forebay_backlog::{
    JetStreamBacklog, SpoolBacklog,
    jetstream::{JetStreamError, JetStreamOptions, Order},
    spool::SpoolOptions,
};

use super::StartError;
use crate::config::{BacklogUrl, RouteInForce};

/// A backlog, and of how much damage in it the log knows already.
pub(super) struct Opened {
    pub(super) backlog: Arc<dyn Backlog>,
    pub(super) damaged_told: u64,
}

/// Opens the backlog of a route, and says so where something had to be mended.
pub(super) async fn open(route: &RouteInForce) -> Result<Opened, StartError> {
    match &route.backlog {
        BacklogUrl::Memory => {
            let backlog = MemoryBacklog::with_marks(route.limits, route.marks);
            Ok(Opened { backlog: Arc::new(backlog), damaged_told: 0 })
        }
        BacklogUrl::Nats(address) => open_stream(route, address).await,
        BacklogUrl::Disk(path) => {
            let backlog = open_disk(route, path, route.limits)?;
            let damaged_told = damage_found(&backlog);
            Ok(Opened { backlog: Arc::new(backlog), damaged_told })
        }
    }
}

/// What was told of when it was opened. More may come to light while it is read.
fn damage_found(backlog: &DiskBacklog) -> u64 {
    let found = backlog.recovery();
    found.damaged + found.missing_segments
}

fn open_disk(route: &RouteInForce, path: &Path, limits: Limits) -> Result<DiskBacklog, StartError> {
    let mut options = DiskOptions::from(limits);
    options.marks = route.marks;
    let backlog = DiskBacklog::open(path, options).map_err(StartError::Backlog)?;
    let found = backlog.recovery();
    if found.missing_segments > 0 {
        tracing::warn!(
            missing_segments = found.missing_segments,
            path = %path.display(),
            route = route.name,
            "files of the backlog are gone, and the events in them with them; the rest is delivered. forebay backlog \
             verify names them; from a copy of the folder, forebay backlog export and import bring their events back"
        );
    }
    if found.damaged > 0 {
        tracing::warn!(
            damaged = found.damaged,
            lost = found.lost,
            path = %path.display(),
            route = route.name,
            "the backlog is damaged; what is intact is delivered, the rest is in its quarantine/"
        );
    }
    if found.torn_bytes > 0 {
        tracing::info!(bytes = found.torn_bytes, "what was being written at the end was left out");
    }
    let waiting = backlog.snapshot().waiting;
    if waiting > 0 {
        tracing::info!(route = route.name, waiting, "events are left from before");
    }
    Ok(backlog)
}

#[cfg(feature = "jetstream")]
async fn open_stream(route: &RouteInForce, address: &Address) -> Result<Opened, StartError> {
    let refused = |error: JetStreamError| StartError::Stream(error.to_string());
    let stream = options(route, address);
    let mut damaged_told = 0;
    let backlog: Arc<dyn Backlog> = match &route.spool {
        None => Arc::new(JetStreamBacklog::open(stream).await.map_err(refused)?),
        Some(spool) => {
            let disk = open_disk(route, &spool.folder, spool.limits)?;
            damaged_told = damage_found(&disk);
            let mut options = SpoolOptions::new(stream);
            options.keep = Duration::from_millis(spool.keep_ms);
            Arc::new(SpoolBacklog::open(disk, options).await.map_err(refused)?)
        }
    };
    let worth = backlog.worth().unwrap_or_default();
    tracing::info!(route = route.name, %address, worth, "what an acknowledgement is worth");
    if let Some(trouble) = backlog.spool().and_then(|spool| spool.trouble) {
        tracing::warn!(
            route = route.name,
            trouble,
            "events are taken in, and forwarded when the server is there"
        );
    }
    Ok(Opened { backlog, damaged_told })
}

#[cfg(not(feature = "jetstream"))]
async fn open_stream(_: &RouteInForce, address: &Address) -> Result<Opened, StartError> {
    Err(StartError::Stream(format!("{address}: this forebay was built without JetStream")))
}

/// Says how the stream is, and makes nothing.
#[cfg(feature = "jetstream")]
pub(crate) async fn look_at_stream(
    route: &RouteInForce,
    address: &Address,
) -> Result<String, String> {
    let found = JetStreamBacklog::inspect(&options(route, address)).await;
    match found.map_err(|error| error.to_string())? {
        Some(messages) => Ok(format!("{messages} groups of events wait in it")),
        None => Ok("not there yet; it is made at the start".to_owned()),
    }
}

#[cfg(not(feature = "jetstream"))]
pub(crate) async fn look_at_stream(_: &RouteInForce, _: &Address) -> Result<String, String> {
    Err("this forebay was built without JetStream".to_owned())
}

#[cfg(feature = "jetstream")]
fn options(route: &RouteInForce, address: &Address) -> JetStreamOptions {
    let mut options = JetStreamOptions::new(address.clone(), route.limits);
    options.marks = route.marks;
    options.replicas = route.stream.replicas;
    options.credentials = route.stream.credentials.clone();
    options.ca = route.stream.ca.clone();
    options.ack_wait = Duration::from_millis(route.stream.ack_wait_ms);
    options.order = route.order_by.clone().map(|pointer| {
        Order::new(route.stream.partitions, move |event| pointer.digest_in(event.body_str()))
    });
    options
}
