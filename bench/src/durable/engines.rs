//! The engines with every number of producers and size of event, in interleaved rounds.

use std::fs::File;
use std::path::Path;

use serde_json::{Value, json};
use tempfile::TempDir;

use super::engine::EngineKind;
use super::part::{self, EngineRun, EngineSample};
use super::plan::{Plan, Shape};
use super::syncs::{Disk, SLOW_SYNC, Shim};
use crate::failure::Failure;
use crate::goals::Goal;
use crate::report::{Ratio, Section};
use crate::rounds::{Spread, order};

/// All samples on one disk.
#[derive(Debug)]
pub(super) struct Engines {
    disk: Disk,
    cells: Vec<Cell>,
}

#[derive(Debug)]
struct Cell {
    engine: EngineKind,
    shape: Shape,
    /// One a round, in the order of the rounds.
    samples: Vec<EngineSample>,
}

/// Runs all rounds.
pub(super) async fn measure(
    plan: &Plan,
    shim: &Shim,
    disk: Disk,
    folder: &Path,
) -> Result<Engines, Failure> {
    let kinds = EngineKind::ALL;
    let cell = |shape, engine| Cell { engine, shape, samples: Vec::new() };
    let mut cells: Vec<Cell> =
        plan.shapes.iter().flat_map(|&shape| kinds.map(|engine| cell(shape, engine))).collect();
    for round in 0..plan.rounds {
        eprintln!("engines, {}: round {} of {}", disk.name(), round + 1, plan.rounds);
        for cells in cells.chunks_mut(kinds.len()) {
            for place in order(round, kinds.len()) {
                cells[place].measure(plan, shim, disk, folder).await?;
            }
        }
    }
    Ok(Engines { disk, cells })
}

impl Cell {
    async fn measure(
        &mut self,
        plan: &Plan,
        shim: &Shim,
        disk: Disk,
        folder: &Path,
    ) -> Result<(), Failure> {
        let Shape { producers, body_bytes } = self.shape;
        let counted_ms = plan.counted.as_millis() as u64;
        let run = EngineRun { engine: self.engine, producers, body_bytes, counted_ms };
        let name = format!("{}, {producers} producers, {body_bytes} bytes", self.engine.name());
        let because = |failure| Failure::because(&name, failure);
        let own = tempfile::tempdir_in(folder)
            .map_err(|error| Failure::because("making a folder", error))?;
        let mut command = part::command(&run.arguments(), own.path())?;
        shim.stand_before(&mut command, disk)?;
        let sample: EngineSample = part::said_by(command).await.map_err(because)?;
        check(disk, &sample).map_err(because)?;
        remove(own, folder)?;
        eprintln!(
            "  {name}: {:.0} events/s, {:.1} a group, {:.2} of the ideal, p99 {:.1} syncs of {:.2} ms",
            sample.events_per_s,
            sample.events_per_group,
            sample.of_ideal(),
            sample.p99_syncs(),
            sample.sync_s * 1000.0,
        );
        self.samples.push(sample);
        Ok(())
    }

    fn row(&self) -> Vec<String> {
        vec![
            self.engine.name().to_owned(),
            self.shape.producers.to_string(),
            self.shape.body_bytes.to_string(),
            self.range(0, |sample| sample.events_per_s),
            self.median(1, |sample| sample.events_per_group),
            self.median(2, |sample| sample.sync_s * 1000.0),
            self.range(2, EngineSample::of_ideal),
            self.median(2, EngineSample::syncing_share),
            self.range(1, |sample| sample.p50_s / sample.sync_s),
            self.range(1, EngineSample::p99_syncs),
            self.median(1, |sample| sample.sync_p99_s / sample.sync_s),
        ]
    }

    fn median(&self, decimals: usize, figure: impl Fn(&EngineSample) -> f64) -> String {
        let spread = Spread::of(self.samples.iter().map(figure));
        spread.map_or_else(String::new, |spread| format!("{:.decimals$}", spread.median))
    }

    fn range(&self, decimals: usize, figure: impl Fn(&EngineSample) -> f64) -> String {
        let spread = Spread::of(self.samples.iter().map(figure));
        spread.map_or_else(String::new, |Spread { median, min, max, .. }| {
            format!("{median:.decimals$} ({min:.decimals$}–{max:.decimals$})")
        })
    }
}

/// Removes a folder and waits until the file system has done with it, which is nobody else's to pay for.
pub(super) fn remove(own: TempDir, parent: &Path) -> Result<(), Failure> {
    own.close()
        .and_then(|()| File::open(parent)?.sync_all())
        .map_err(|error| Failure::because("removing a folder", error))
}

/// Whether the disk was as slow as it was meant to be, for the engine too.
fn check(disk: Disk, sample: &EngineSample) -> Result<(), Failure> {
    let slow_s = SLOW_SYNC.as_secs_f64();
    let seen = [sample.sync_s, sample.own_sync_s];
    match disk == Disk::Slow && seen.iter().any(|&sync_s| sync_s < slow_s) {
        true => Err(Failure::new(format!("its syncs took {seen:?} s and not {slow_s}"))),
        false => Ok(()),
    }
}

impl EngineSample {
    /// Events/s ÷ (events a group ÷ the time of one sync).
    fn of_ideal(&self) -> f64 {
        self.events_per_s / (self.events_per_group / self.sync_s)
    }

    fn p99_syncs(&self) -> f64 {
        self.p99_s / self.sync_s
    }

    /// Which share of the time a sync of its own was under way.
    fn syncing_share(&self) -> f64 {
        self.own_syncs_per_s * self.own_sync_s
    }
}

/// What the goals of one disk are.
struct Goals {
    prefix: &'static str,
    of_ideal: f64,
}

impl Engines {
    /// The ratios of the goals, each the median of the ratios within the rounds.
    pub(super) fn ratios(&self) -> Result<Vec<Ratio>, Failure> {
        let goals = match self.disk {
            Disk::Own => Goals { prefix: "", of_ideal: 0.5 },
            Disk::Slow => Goals { prefix: "slow_", of_ideal: 0.8 },
        };
        let mut ratios = Vec::new();
        for cell in self.cells.iter().filter(|cell| cell.engine == EngineKind::Forebay) {
            ratios.push(self.of_ideal(cell, &goals)?);
            ratios.extend(self.growth(cell, &goals)?);
            ratios.extend(self.waits(cell, &goals)?);
            for rival in [EngineKind::Sqlite, EngineKind::Redb] {
                ratios.push(self.against(cell, rival, &goals)?);
            }
        }
        Ok(ratios)
    }

    fn of_ideal(&self, cell: &Cell, goals: &Goals) -> Result<Ratio, Failure> {
        Ratio::of(
            format!("{}of_ideal_{}", goals.prefix, cell.shape.name()),
            format!("{}: events/s ÷ (events a group ÷ one sync)", cell.shape.words()),
            Some(Goal::at_least(goals.of_ideal)),
            cell.samples.iter().map(EngineSample::of_ideal),
        )
    }

    /// How much more the next smaller number of producers does.
    fn growth(&self, cell: &Cell, goals: &Goals) -> Result<Option<Ratio>, Failure> {
        let same = |other: &&Cell| {
            other.engine == cell.engine && other.shape.body_bytes == cell.shape.body_bytes
        };
        let fewer = self
            .cells
            .iter()
            .filter(same)
            .filter(|other| other.shape.producers < cell.shape.producers)
            .max_by_key(|other| other.shape.producers);
        let Some(fewer) = fewer else { return Ok(None) };
        let ratio = Ratio::of(
            format!("{}growth_{}", goals.prefix, cell.shape.name()),
            format!("{}: events/s ÷ with {}", cell.shape.words(), fewer.shape.producers),
            Some(Goal::at_least(1.0)),
            quotients(cell, fewer),
        );
        ratio.map(Some)
    }

    fn waits(&self, cell: &Cell, goals: &Goals) -> Result<Option<Ratio>, Failure> {
        if cell.shape.producers != 64 {
            return Ok(None);
        }
        let ratio = Ratio::of(
            format!("{}p99_syncs_{}", goals.prefix, cell.shape.name()),
            format!("{}: p99 of an acknowledgement ÷ one sync", cell.shape.words()),
            Some(Goal::at_most(3.0)),
            cell.samples.iter().map(EngineSample::p99_syncs),
        );
        ratio.map(Some)
    }

    fn against(&self, cell: &Cell, rival: EngineKind, goals: &Goals) -> Result<Ratio, Failure> {
        let other =
            self.cells.iter().find(|other| other.engine == rival && other.shape == cell.shape);
        let other = other.ok_or_else(|| Failure::new("a rival was not measured"))?;
        let name = if rival == EngineKind::Redb { "redb" } else { "sqlite" };
        Ratio::of(
            format!("{}vs_{name}_{}", goals.prefix, cell.shape.name()),
            format!("{}: events/s, forebay ÷ {}", cell.shape.words(), rival.name()),
            None,
            quotients(cell, other),
        )
    }

    /// The table as it is printed.
    pub(super) fn section(&self) -> Section {
        Section {
            title: match self.disk {
                Disk::Own => "Engines on this machine's disk",
                Disk::Slow => "Engines on a disk whose sync takes 5 ms",
            },
            text: "Producers append one event and wait for its acknowledgement, again and again. Medians over the rounds, in \
                   brackets the least and the most. One sync: a group written into a file that is there already, and \
                   fdatasync, measured before and after each run. Of the ideal: events/s ÷ (events a group ÷ one sync). \
                   Syncing: the share of the time in which a sync of the engine was under way. p50 and p99 of the \
                   acknowledgement are in syncs, and so is the p99 of one sync alone. After each run the engine is opened again, \
                   and every event must be there once, as it was.",
            head: &[
                "engine",
                "producers",
                "bytes",
                "events/s",
                "events a group",
                "one sync, ms",
                "of the ideal",
                "syncing",
                "p50",
                "p99",
                "p99 of one sync",
            ],
            rows: self.cells.iter().map(Cell::row).collect(),
        }
    }

    /// Every sample, for machines.
    pub(super) fn figures(&self) -> Value {
        let cell = |cell: &Cell| {
            json!({
                "engine": cell.engine.name(),
                "producers": cell.shape.producers,
                "body_bytes": cell.shape.body_bytes,
                "samples": cell.samples,
            })
        };
        self.cells.iter().map(cell).collect()
    }
}

/// Events/s of `above` ÷ those of `below`, round by round.
fn quotients(above: &Cell, below: &Cell) -> Vec<f64> {
    let pairs = above.samples.iter().zip(&below.samples);
    pairs.map(|(above, below)| above.events_per_s / below.events_per_s).collect()
}
