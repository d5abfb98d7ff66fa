//! `serve` against handlers that do without a queue: its rates, and what it costs while nothing happens, while the sink is
//! away and after a spike.

mod idle;
mod outage;
mod plan;
mod run;
mod spike;
mod table;

use crate::clock;
use crate::failure::Failure;
use crate::goals::Goal;
use crate::report::{Ratio, Report};
use crate::rounds::Spread;
use crate::setup::Setup;

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

/// A ratio of which there is one figure a round.
fn ratio(
    name: &'static str,
    what: &'static str,
    goal: Option<Goal>,
    values: impl IntoIterator<Item = f64>,
) -> Result<Ratio, Failure> {
    let spread =
        Spread::of(values).ok_or_else(|| Failure::new(format!("{name} was not measured")))?;
    Ok(Ratio { name, what, goal, spread })
}
