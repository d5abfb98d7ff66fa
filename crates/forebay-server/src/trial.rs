//! Trying a configuration before anything is started: what would be opened is looked at, and
//! nothing is made or changed.

use std::fmt;
use std::path::{Path, PathBuf};

use forebay_backlog::disk;

use crate::config::{BacklogUrl, Config, RouteInForce};
use crate::rights;
use crate::service::engine;
use crate::sink::{Class, Place, PostgresSink, SinkError, SinkUrl, SqliteSink};

/// What a backlog takes before anything is in it: a few small files, and as much put by.
const BEGINNING_BYTES: u64 = 64 * 1024;

/// One thing that was tried.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Trial {
    /// What it was, such as the backlog of a route.
    pub what: String,
    /// How it is.
    pub outcome: Result<String, Trouble>,
}

/// Why something would not work.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Trouble {
    /// What is wrong.
    pub wrong: String,
    /// What to do about it.
    pub remedy: String,
}

impl fmt::Display for Trial {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.outcome {
            Ok(found) => write!(f, "ok     {}: {found}", self.what),
            Err(Trouble { wrong, remedy }) => {
                write!(f, "wrong  {}: {wrong}\n       do: {remedy}", self.what)
            }
        }
    }
}

/// Tries backlog and sink of every route.
pub(crate) async fn all(config: &Config) -> Vec<Trial> {
    let mut trials = Vec::new();
    for route in config.routes_in_force() {
        trials.push(backlog(&route).await);
        trials.extend(spool(&route));
        trials.push(sink(&route, &config.sink).await);
    }
    trials
}

async fn backlog(route: &RouteInForce) -> Trial {
    let what = format!("backlog of {}, {}", route.name, route.backlog);
    let outcome = match &route.backlog {
        BacklogUrl::Memory => Ok("what waits is lost with the process".to_owned()),
        BacklogUrl::Disk(path) => folder(path),
        BacklogUrl::Nats(address) => engine::look_at_stream(route, address)
            .await
            .map_err(|wrong| trouble(wrong, "see \"More than one machine\" in docs/operate.md")),
    };
    Trial { what, outcome }
}

fn spool(route: &RouteInForce) -> Option<Trial> {
    let path = &route.spool.as_ref()?.folder;
    let what = format!("spool of {}, disk:{}", route.name, path.display());
    Some(Trial { what, outcome: folder(path) })
}

fn folder(path: &Path) -> Result<String, Trouble> {
    let remedy = "give it a folder of its own with --backlog, or see `forebay backlog inspect`";
    let trouble = |error: disk::OpenError| trouble(error.to_string(), remedy);
    let found = match disk::inspect(path) {
        Ok(found) => found,
        Err(disk::OpenError::NoBacklog { .. }) => {
            let there = nearest(path);
            writable(&there)?;
            has_room(&there)?;
            return Ok(format!("not there yet; it can be made in {}", there.display()));
        }
        Err(error) => return Err(trouble(error)),
    };
    let owner = match disk::is_in_use(path).map_err(trouble)? {
        // Most likely the service that these settings are for, or are to be for once it is started again.
        true => "in use by another process, which is at work; ",
        false => "",
    };
    writable(path)?;
    let events: u64 = found.segments.iter().map(|segment| segment.events).sum();
    Ok(format!("{owner}format {}, {events} events wait in it", found.format))
}

async fn sink(route: &RouteInForce, url: &SinkUrl) -> Trial {
    let what = format!("table {} of {}, {url}", route.table, route.name);
    let place = Place {
        route: route.name.as_str().into(),
        table: route.table.clone(),
        mapping: route.mapping.clone(),
        ..Place::default()
    };
    let tried = match url {
        SinkUrl::Sqlite(path) => match SqliteSink::new(path.clone(), place) {
            Ok(sink) => sink.try_out().await,
            Err(error) => Err(SinkError::new(Class::Other, error.to_string())),
        },
        SinkUrl::Postgres(url) => match PostgresSink::new(url, place) {
            Ok(sink) => sink.try_out().await,
            Err(error) => Err(SinkError::new(Class::Login, error.to_string())),
        },
    };
    let outcome = tried.map_err(|error| trouble(error.to_string(), error.class.hint()));
    Trial { what, outcome }
}

/// The nearest folder above that is there.
fn nearest(path: &Path) -> PathBuf {
    let there = path.ancestors().find(|folder| folder.is_dir());
    match there {
        Some(folder) if !folder.as_os_str().is_empty() => folder.to_owned(),
        _ => PathBuf::from("."),
    }
}

fn writable(folder: &Path) -> Result<(), Trouble> {
    let remedy = "let this user read and write there, or choose another folder";
    rights::check(folder).map_err(|wrong| trouble(wrong, remedy))
}

/// Whether a backlog could be begun there.
fn has_room(folder: &Path) -> Result<(), Trouble> {
    let remedy = "make room there, or choose another folder";
    rights::check_room(folder, BEGINNING_BYTES).map_err(|wrong| trouble(wrong, remedy))
}

fn trouble(wrong: String, remedy: impl Into<String>) -> Trouble {
    Trouble { wrong, remedy: remedy.into() }
}
