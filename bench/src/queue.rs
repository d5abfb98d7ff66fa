//! `queue`: forebay's queue against every async channel worth the name, cell by cell, and against what the machine allows.
//!
//! The cells and the contenders are programs of a workspace of their own, `bench/field`, which is built here. Each
//! measurement is a process, so that one that hangs costs one cell of one contender.

// What is asked.
mod plan;

// Who is asked, and what they answer.
mod field;
mod lock;
mod neighbors;
mod samples;

// What comes of it.
mod chart;
mod figures;
mod instructions;
mod other_kinds;
mod standing;
mod table;

use std::path::Path;

use crate::clock;
use crate::failure::Failure;
use crate::provenance::Provenance;
use crate::report::Report;

pub(crate) use plan::QueueArgs;

/// What others may use of the machine before its figures become theirs.
const TOLERATED_SHARE: f64 = 0.05;

/// What a run leaves behind.
pub(crate) struct Findings {
    pub(crate) report: Report,
    chart: Option<String>,
}

impl Findings {
    /// Writes the chart beside the page of the report.
    pub(crate) fn keep_chart(&self, page: &Path) -> Result<(), Failure> {
        let Some(chart) = &self.chart else { return Ok(()) };
        std::fs::write(page.with_extension("svg"), chart)
            .map_err(|error| Failure::because("writing the chart", error))
    }
}

/// Measures what `arguments` ask for.
pub(crate) async fn measure(arguments: &QueueArgs) -> Result<Findings, Failure> {
    let plan = arguments.plan();
    let started = clock::now();
    let field = field::Field::build().await?;
    let mut roster = field.roster().await?;
    roster.retain(|contender| plan.wants(contender));
    let mut provenance = Provenance::of_this_run();
    provenance.add("peers", lock::versions(&roster)?);

    let mut report = Report::new("queue", provenance);
    if arguments.instructions {
        report.sections.push(instructions::measure(&roster).await?);
        return Ok(Findings { report, chart: None });
    }
    let books = neighbors::Books::now()?;
    let samples = samples::take(&field, roster, &plan).await?;
    let others = neighbors::Books::now()?.others_since(books);
    report.note("others meanwhile", format!("{:.0} % of the machine", others * 100.0));
    if others > TOLERATED_SHARE {
        eprintln!(
            "others used {:.0} % of the machine: do not believe figures of two cores",
            others * 100.0
        );
    }
    let standings = standing::of_all(&samples)?;
    report.ratios = figures::ratios(&samples, &standings)?;
    report.sections = table::sections(&samples, &standings);
    report.figures = samples.figures();
    if arguments.is_whole() {
        report.sections.push(instructions::measure(&samples.roster).await?);
    }
    report.took(started.elapsed());
    let chart = chart::draw(&samples, &standings, &report);
    Ok(Findings { chart: Some(chart), report })
}
