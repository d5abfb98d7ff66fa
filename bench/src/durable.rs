//! The backlog on disk: against the storage it could have been built on, on this disk and on a slow one; against servers that
//! keep events; against the handler that keeps none; and when it is long.

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
mod long;
mod servers;

use clap::ValueEnum;
use serde_json::json;

use crate::clock;
use crate::failure::Failure;
use crate::goals::Goal;
use crate::report::{Ratio, Report};
use crate::serve::against_parse_only;
use crate::setup::Setup;
use syncs::{Disk, Shim};

pub(crate) use part::{PartArgs, run as run_part};
pub(crate) use plan::Size;

/// What can be measured by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Part {
    /// Engines on this machine's disk
    Engines,
    /// Engines on a disk whose sync takes 5 ms
    Slow,
    /// Servers of Debian's packages
    Servers,
    /// `serve` against the handler that only parses
    Serve,
    /// A backlog of ten million events
    Long,
}

/// Measures everything, or the `parts` that are named, and reports it.
pub(crate) async fn measure(size: Size, parts: &[Part]) -> Result<Report, Failure> {
    let setup = Setup::new().await?;
    let (folder, plan) = (setup.folder(), size.plan());
    let mut report = Report::new("durable", setup.provenance.clone());
    let started = clock::now();
    let mut figures = Vec::new();
    let wants = |part| parts.is_empty() || parts.contains(&part);
    let shim = Shim::compile(folder).await?;
    for (part, disk) in [(Part::Engines, Disk::Own), (Part::Slow, Disk::Slow)] {
        if wants(part) {
            let engines = engines::measure(&plan, &shim, disk, folder).await?;
            report.ratios.extend(engines.ratios()?);
            report.sections.push(engines.section());
            figures.push(json!({ "disk": disk.name(), "engines": engines.figures() }));
        }
    }
    if wants(Part::Servers) {
        let servers = servers::measure(&plan, &setup).await?;
        report.note("servers", servers::versions().await);
        report.ratios.extend(servers.ratios()?);
        report.sections.push(servers.section());
        figures.push(json!({ "servers": servers.figures() }));
    }
    if wants(Part::Serve) {
        let rounds = against_parse_only(&setup, plan.rounds, plan.served).await?;
        report.ratios.extend(served(&rounds)?);
        figures.push(json!({ "requests_per_s": rounds }));
    }
    if wants(Part::Long) {
        let long = long::measure(&plan, folder).await?;
        report.ratios.extend(long.ratios()?);
        report.sections.push(long.section());
        figures.push(json!({ "long": long }));
    }
    report.figures = figures.into();
    report.took(started.elapsed());
    Ok(report)
}

fn served(rounds: &[[f64; 3]]) -> Result<[Ratio; 2], Failure> {
    let over = |at: usize| rounds.iter().map(move |round| round[at] / round[0]);
    Ok([
        Ratio::of(
            "post_vs_parse_only_c64",
            "requests/s, 1 event a request, 64 connections: forebay with `disk:` while no sink answers ÷ the handler that \
             only parses and answers",
            Some(Goal::at_least(0.7)),
            over(1),
        )?,
        Ratio::of(
            "post_vs_parse_only_c64_delivering",
            "the same while it delivers into SQLite on the same machine",
            None,
            over(2),
        )?,
    ])
}
