//! SIGHUP: the settings are read again, and what a running service can change is changed.
//!
//! All of it or nothing: whatever is wrong with one of them leaves all as they were.

use std::path::PathBuf;
use std::time::Duration;

use forebay_server::Service;

use super::log::Log;
use super::{configuration, not_started};
use crate::outcome::Failure;
use crate::settings::{Change, Given, Holds, InForce};

/// What the settings are read from, and what was read.
#[derive(Debug)]
pub(super) struct Reload {
    pub(super) file: Option<PathBuf>,
    pub(super) flags: Vec<Given>,
    /// What the service was started with: what it cannot change holds to the end.
    pub(super) started: InForce,
    /// What was read last and could be used.
    pub(super) latest: InForce,
    pub(super) log: Log,
}

impl Reload {
    /// Reads everything again and says in the log what came of it.
    pub(super) fn now(&mut self, service: &Service) {
        match self.try_now(service) {
            Ok([changed, not_changed]) => {
                tracing::info!(changed = changed.join(", "), "the settings were read again");
                if !not_changed.is_empty() {
                    tracing::warn!(
                        settings = not_changed.join(", "),
                        "these changes are in force only after a restart"
                    );
                }
            }
            Err(reason) => {
                tracing::error!(reason, "the settings stay as they were: the new ones are wrong");
            }
        }
    }

    fn try_now(&mut self, service: &Service) -> Result<[Vec<String>; 2], String> {
        let read =
            configuration::read(self.file.as_deref(), std::env::vars_os(), self.flags.clone());
        let read = read.map_err(reason)?;
        let config = &read.settings.server;
        let kept = service.change(config).map_err(|error| reason(not_started(&error)))?;
        self.log.change(read.settings.log.clone());
        let can_change = |change: &Change| {
            let has_route = |settings: &InForce| settings.has_route_of(&change.key);
            let is_running = has_route(&self.started) && has_route(&read);
            change.holds == Holds::UntilReload && is_running && !kept.contains(&change.key)
        };
        let (mut changed, mut not_changed) =
            (self.latest.changes(&read), self.started.changes(&read));
        changed.retain(can_change);
        not_changed.retain(|change| !can_change(change));
        let keys = |changes: Vec<Change>| changes.into_iter().map(|change| change.key).collect();
        let said = [keys(changed), keys(not_changed)];
        self.latest = read;
        Ok(said)
    }

    /// How long a stop may take.
    pub(super) fn drain_for(&self) -> Duration {
        Duration::from_millis(self.latest.settings.server.drain_for_ms)
    }
}

fn reason(failure: Failure) -> String {
    match failure {
        Failure::Failed(reason) | Failure::Usage(reason) => reason,
        Failure::NobodyReads => "nobody reads standard output".to_owned(),
    }
}
