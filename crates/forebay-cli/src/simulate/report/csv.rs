//! The figures of each run as a table for other programs: a head line, then a line each run.

use forebay_sim::Report;

use super::table::Table;
use crate::simulate::figure::FIGURES;

/// The table.
pub(in crate::simulate) fn of(report: &Report) -> String {
    let mut table = Table::new(["run"].into_iter().chain(FIGURES.iter().map(|each| each.name)));
    for run in &report.each {
        let figures = FIGURES.iter().map(|figure| number((figure.of)(run)));
        table.push([run.run.to_string()].into_iter().chain(figures));
    }
    table.csv()
}

/// In the shortest form that reads back the same; nothing for what there is not.
pub(in crate::simulate) fn number(value: Option<f64>) -> String {
    value.filter(|value| value.is_finite()).map(|value| value.to_string()).unwrap_or_default()
}
