//! The processes that the bench starts of itself, each for one run, and what they say: one line of JSON.

use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use clap::{Args, Subcommand};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use tokio::process::Command;
use tokio::runtime::Handle;

use super::engine::EngineKind;
use super::event::Mint;
use super::long;
use super::producers;
use super::sync_time::{SyncTimes, percentile};
use crate::failure::Failure;

/// What `forebay-bench durable-part` is told.
#[derive(Debug, Args)]
pub(crate) struct PartArgs {
    #[command(subcommand)]
    part: Part,
}

#[derive(Debug, Subcommand)]
enum Part {
    /// Append events to an engine, one at a time by each of many producers
    Engine(EngineRun),
    /// Append many events to forebay's backlog, open it again, and take them out
    Long {
        /// How many
        #[arg(long)]
        events: u64,
    },
}

/// One run of one engine.
#[derive(Debug, Clone, Copy, Args)]
pub(super) struct EngineRun {
    /// Who keeps the events
    #[arg(long)]
    pub(super) engine: EngineKind,
    /// How many append at once
    #[arg(long)]
    pub(super) producers: usize,
    /// How long each event is
    #[arg(long)]
    pub(super) body_bytes: usize,
    /// For how long it counts
    #[arg(long)]
    pub(super) counted_ms: u64,
}

/// What came of it. Times are in seconds.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub(super) struct EngineSample {
    pub(super) events_per_s: f64,
    pub(super) events_per_group: f64,
    pub(super) p50_s: f64,
    pub(super) p99_s: f64,
    /// A group written to a file that is there already, and `fdatasync`, before and after the run.
    pub(super) sync_s: f64,
    pub(super) sync_p99_s: f64,
    /// What the engine's own syncs took, and how many a second there were.
    pub(super) own_sync_s: f64,
    pub(super) own_syncs_per_s: f64,
}

/// What an event is on disk beside its body, about: for the size of the writes that are timed.
const HEAD_BYTES: usize = 40;

/// Does one run and says what came of it.
pub(crate) fn run(args: &PartArgs) -> Result<(), Failure> {
    let folder = std::env::current_dir()
        .map_err(|error| Failure::because("finding the working directory", error))?;
    let said = match args.part {
        Part::Engine(run) => serde_json::to_value(run.sample(&folder)?),
        Part::Long { events } => {
            serde_json::to_value(Handle::current().block_on(long::run(&folder, events))?)
        }
    };
    let said = said.map_err(|error| Failure::because("writing JSON", error))?;
    crate::say(&said)
}

impl EngineRun {
    /// Appends, times syncs before and after, and looks whether everything is there.
    fn sample(self, folder: &Path) -> Result<EngineSample, Failure> {
        let mint = Mint::new(self.body_bytes);
        let event_bytes = self.body_bytes + HEAD_BYTES;
        let mut sync_times = SyncTimes::default();
        sync_times.measure(folder, self.producers * event_bytes)?;
        let counted = Duration::from_millis(self.counted_ms);
        let mut found = producers::run(self.engine.open(folder)?, &mint, self.producers, counted)?;
        let events = found.waits_s.len() as f64;
        let groups = found.groups.unwrap_or(found.syncs.syncs);
        if groups == 0 || found.syncs.syncs == 0 {
            return Err(Failure::new("no sync was seen: the engine goes past the library"));
        }
        let events_per_group = events / groups as f64;
        sync_times.measure(folder, (events_per_group * event_bytes as f64) as usize)?;
        let check = self.engine.check(folder, &mint, found.appended);
        Handle::current().block_on(check)?;
        let took_s = found.took.as_secs_f64();
        Ok(EngineSample {
            events_per_s: events / took_s,
            events_per_group,
            p50_s: percentile(&mut found.waits_s, 0.5),
            p99_s: percentile(&mut found.waits_s, 0.99),
            sync_s: sync_times.mean(),
            sync_p99_s: sync_times.p99(),
            own_sync_s: found.syncs.took.as_secs_f64() / found.syncs.syncs as f64,
            own_syncs_per_s: found.syncs.syncs as f64 / took_s,
        })
    }

    /// The arguments of a process that does this run.
    pub(super) fn arguments(&self) -> Vec<String> {
        use clap::ValueEnum;
        let engine = self.engine.to_possible_value();
        let engine = engine.as_ref().map(|value| value.get_name()).unwrap_or_default();
        vec![
            "engine".to_owned(),
            format!("--engine={engine}"),
            format!("--producers={}", self.producers),
            format!("--body-bytes={}", self.body_bytes),
            format!("--counted-ms={}", self.counted_ms),
        ]
    }
}

/// The process of a part, in a folder of its own.
pub(super) fn command(arguments: &[String], folder: &Path) -> Result<Command, Failure> {
    let own: PathBuf =
        std::env::current_exe().map_err(|error| Failure::because("finding the bench", error))?;
    let mut command = Command::new(own);
    command.arg("durable-part").args(arguments).current_dir(folder);
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).kill_on_drop(true);
    Ok(command)
}

/// Waits for what a part says.
pub(super) async fn said_by<T: DeserializeOwned>(mut command: Command) -> Result<T, Failure> {
    let output = command.output().await.map_err(|error| Failure::because("a part", error))?;
    if !output.status.success() {
        let why = String::from_utf8_lossy(&output.stderr);
        return Err(Failure::because(format!("a part ended with {}", output.status), why.trim()));
    }
    serde_json::from_slice(&output.stdout)
        .map_err(|error| Failure::because("reading what a part says", error))
}
