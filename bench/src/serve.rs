//! `serve` against handlers that do without a queue: its rates, and what it costs while nothing happens, while the sink is
//! away and after a spike.

mod ceiling;
mod idle;
mod outage;
mod plan;
mod run;
mod spike;
mod table;

use crate::clock;
use crate::failure::Failure;
use crate::report::Report;
use crate::setup::Setup;

pub(crate) use ceiling::against_parse_only;
pub(crate) use plan::Size;

/// Measures everything and reports it.
pub(crate) async fn measure(size: Size) -> Result<Report, Failure> {
    tokio::time::timeout(size.at_most(), measure_all(size))
        .await
        .unwrap_or_else(|_| Err(Failure::new(format!("not done within {:?}", size.at_most()))))
}

async fn measure_all(size: Size) -> Result<Report, Failure> {
    let setup = Setup::new().await?;
    let started = clock::now();
    let mut report = Report::new("serve", setup.provenance.clone());
    let plan = size.plan();
    let idle = idle::measure(&setup).await?;
    let spike = spike::measure(&setup, plan.spikes).await?;
    let outage = outage::measure(&setup, plan).await?;
    let table = table::measure(&setup, plan).await?;

    report.ratios = table.ratios()?;
    report.ratios.push(outage.ratio);
    report.ratios.extend(idle);
    report.ratios.extend(spike.ratios);
    report.sections = vec![table.section(), outage.section, spike.section];
    report.figures = table.figures();
    report.took(started.elapsed());
    Ok(report)
}
