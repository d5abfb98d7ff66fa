//! The backlog on disk: against the storage it could have been built on, on this disk and on a slow one.

// What is asked.
mod plan;

// What is appended, and to whom.
mod engine;
mod event;
mod producers;

// With what it is measured.
mod part;
mod sync_time;
mod syncs;

// What comes of it.
mod engines;

use serde_json::json;

use crate::clock;
use crate::failure::Failure;
use crate::provenance::Provenance;
use crate::report::Report;
use syncs::{Disk, Shim};

pub(crate) use part::{PartArgs, run as run_part};
pub(crate) use plan::Size;

/// Measures everything and reports it.
pub(crate) async fn measure(size: Size) -> Result<Report, Failure> {
    let folder = tempfile::Builder::new().prefix("forebay-bench-").tempdir();
    let folder = folder.map_err(|error| Failure::because("a temporary folder", error))?;
    let plan = size.plan();
    let shim = Shim::compile(folder.path()).await?;
    let mut report = Report::new("durable", Provenance::of_this_run());
    let started = clock::now();
    let mut figures = Vec::new();
    for disk in [Disk::Own, Disk::Slow] {
        let engines = engines::measure(&plan, &shim, disk, folder.path()).await?;
        report.ratios.extend(engines.ratios()?);
        report.sections.push(engines.section());
        figures.push(json!({ "disk": disk.name(), "engines": engines.figures() }));
    }
    report.figures = figures.into();
    report.took(started.elapsed());
    Ok(report)
}
