//! The settings of `forebay serve`: one table, four layers.
//!
//! Default, then file, then environment, then flag: the later one wins. Every layer goes through
//! the same [`table`], so a setting is added in one place. What is wrong is named with its place
//! (file and line, variable or flag), its value, and what would be right.

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsString;
use std::path::Path;

use forebay_server::{Config, DEFAULT_ROUTE};
use tracing_subscriber::filter::{LevelFilter, Targets};

// What there is to set.
pub(crate) mod table;
pub(crate) mod value;
pub(crate) use table::Holds;
use table::Setting;

// The layers, the weakest first.
mod environment;
mod file;
pub(crate) mod flags;

// What can be said about them.
mod mistake;
pub(crate) mod reference;
pub(crate) use mistake::Mistake;
mod nearest;

/// Everything that `serve` is told.
#[derive(Clone, Debug)]
pub(crate) struct Settings {
    /// What the server is started with.
    pub(crate) server: Config,
    /// What is logged.
    pub(crate) log: Targets,
    /// How it is written.
    pub(crate) log_format: LogFormat,
}

/// How an entry of the log is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum LogFormat {
    /// A line for people.
    #[default]
    Text,
    /// A JSON object a line.
    Json,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            server: Config::default(),
            log: Targets::new().with_default(LevelFilter::INFO),
            log_format: LogFormat::default(),
        }
    }
}

/// Where a setting got its value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Origin {
    Default,
    /// File and line.
    File(String, usize),
    /// Name of the variable.
    Environment(String),
    Flag(&'static str),
}

impl std::fmt::Display for Origin {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Default => write!(f, "default"),
            Self::File(path, line) => write!(f, "{path}:{line}"),
            Self::Environment(name) => write!(f, "{name}"),
            Self::Flag(flag) => write!(f, "{flag}"),
        }
    }
}

/// One value that one layer gives.
#[derive(Clone, Debug)]
pub(crate) struct Given {
    pub(crate) setting: &'static Setting,
    /// The setting's, with the name of its route.
    pub(crate) key: String,
    pub(crate) text: String,
    pub(crate) origin: Origin,
}

/// A setting that is another one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Change {
    /// With the name of its route.
    pub(crate) key: String,
    /// Until when the one before holds.
    pub(crate) holds: Holds,
}

/// The settings in force, and where each came from.
#[derive(Clone, Debug)]
pub(crate) struct InForce {
    pub(crate) settings: Settings,
    /// By key; the default is not there.
    origins: BTreeMap<String, Origin>,
}

impl InForce {
    /// Puts the layers on top of each other.
    ///
    /// # Errors
    /// The first thing that is wrong, the weakest layer first, with its place.
    pub(crate) fn read(
        file: Option<(&Path, &str)>,
        environment: impl Iterator<Item = (OsString, OsString)>,
        flags: Vec<Given>,
    ) -> Result<Self, Mistake> {
        let mut given = match file {
            Some((path, text)) => file::given(path, text)?,
            None => Vec::new(),
        };
        given.extend(environment::given(environment)?);
        given.extend(flags);

        let mut in_force = Self { settings: Settings::default(), origins: BTreeMap::new() };
        for one in given {
            in_force.set(one)?;
        }
        in_force.check()?;
        Ok(in_force)
    }

    /// Ranges, and what has to fit together. The layers are complete by now: a limit that one of
    /// them lowers and another raises is judged by the value in force.
    fn check(&self) -> Result<(), Mistake> {
        self.settings.server.check().map_err(|error| {
            // A field has its unit in its name; a setting that is always written with one has not.
            let key = error.field.strip_suffix("_ms").unwrap_or(&error.field);
            let below = |section: &str| {
                let mut keys = self.origins.iter();
                keys.find(|(key, _)| key.starts_with(&format!("{section}.")))
                    .map(|(_, origin)| origin)
            };
            // What was left out is wrong because of what stands beside it.
            let section = error.field.rsplit_once('.').map_or("", |(section, _)| section);
            let nearby = || below(&error.field).or_else(|| below(section));
            let origin = self.origins.get(&error.field).or_else(|| self.origins.get(key));
            Mistake::range(origin.or_else(nearby).unwrap_or(&Origin::Default), &error)
        })
    }

    fn set(&mut self, given: Given) -> Result<(), Mistake> {
        let Given { setting, key, text, origin } = given;
        match setting.set(&mut self.settings, &key, &text) {
            Ok(()) => {
                self.origins.insert(key, origin);
                Ok(())
            }
            Err(problem) => Err(Mistake::value(origin, setting, &key, &text, &problem)),
        }
    }

    /// What is different in `other`, by its keys.
    pub(crate) fn changes(&self, other: &Self) -> Vec<Change> {
        let (before, after) = (&self.settings, &other.settings);
        let mut changes = Vec::new();
        for setting in table::all() {
            let keys = setting.keys(before).into_iter().chain(setting.keys(after));
            for key in keys.collect::<BTreeSet<_>>() {
                // A password is not shown, and is a change all the same.
                let is_same = setting.get(before, &key) == setting.get(after, &key)
                    && (!setting.is_secret || before.server.sink == after.server.sink);
                if !is_same {
                    changes.push(Change { key, holds: setting.holds });
                }
            }
        }
        changes
    }

    /// Whether there is the route of this key, if it has one.
    pub(crate) fn has_route_of(&self, key: &str) -> bool {
        let route = key.strip_prefix("routes.").and_then(|rest| rest.split('.').next());
        let routes = &self.settings.server.routes;
        route.is_none_or(|route| route == DEFAULT_ROUTE || routes.contains_key(route))
    }

    /// One line a setting, as it would stand in forebay.toml, with its origin as a comment.
    pub(crate) fn lines(&self) -> impl Iterator<Item = String> {
        table::all().flat_map(move |setting| {
            let keys = setting.keys(&self.settings);
            keys.into_iter().map(move |key| {
                let origin = self.origins.get(&key).unwrap_or(&Origin::Default);
                format!("{key} = {} # {origin}", setting.get(&self.settings, &key))
            })
        })
    }
}

#[cfg(test)]
mod held;
#[cfg(test)]
mod tests;
