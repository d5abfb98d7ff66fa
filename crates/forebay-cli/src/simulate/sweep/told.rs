//! What a sweep came to, told.

use std::cmp::Ordering;

use forebay_sim::Plan;
use serde::Serialize;

use super::grid::Axis;
use super::{Point, Sweep};
use crate::simulate::figure::{FIGURES, Figure, find};
use crate::simulate::report::csv::number;
use crate::simulate::report::json::{self, InOrder, Interval};
use crate::simulate::report::table::Table;

/// What stands in the columns of the text, beside the figure that was asked for.
const COLUMNS: [&str; 5] =
    ["mean_length", "mean_wait_s", "p99_wait_s", "fast_share", "shifts_up_per_hour"];

/// A point as the options that make it.
pub(super) fn setting(axes: &[Axis], at: &[usize]) -> String {
    let ranges = axes.iter().zip(at).filter(|(axis, _)| axis.is_range());
    let each = ranges.map(|(axis, at)| format!("--{} {}", axis.knob.name, axis.values[*at].label));
    each.collect::<Vec<_>>().join(" ")
}

/// For people.
pub(super) fn text(sweep: &Sweep) -> String {
    let ranges = sweep.ranges();
    let mut figures: Vec<&'static Figure> =
        COLUMNS.iter().filter_map(|name| find(name).ok()).collect();
    if !COLUMNS.contains(&sweep.show.name) {
        figures.push(sweep.show);
    }
    let names = ranges.iter().map(|axis| sweep.axes[*axis].knob.name);
    let mut table =
        Table::new(names.chain(figures.iter().map(|figure| figure.name)).chain(["verdict"]));
    for point in &sweep.points {
        let values = ranges.iter().map(|axis| label(sweep, point, *axis));
        let found = figures.iter().map(|figure| shown(figure, point));
        table.push(values.chain(found).chain([verdict(point)]));
    }
    match best(sweep) {
        Some(_) if ranges.is_empty() => {
            format!(
                "{}\n\nNo option has a range, as in --engage 1..20: this is one point",
                table.columns()
            )
        }
        Some((point, value)) => format!(
            "{}\n\nThe least {}: {} at {}",
            table.columns(),
            sweep.show.name,
            sweep.show.unit.show(value),
            setting(&sweep.axes, &point.at)
        ),
        None => table.columns(),
    }
}

fn label(sweep: &Sweep, point: &Point, axis: usize) -> String {
    sweep.axes[axis].values[point.at[axis]].label.clone()
}

fn shown(figure: &Figure, point: &Point) -> String {
    let found = point.outcome.as_ref().and_then(|outcome| (figure.over)(&outcome.figures));
    found.map_or_else(|| "-".to_owned(), |estimate| figure.unit.show(estimate.mean))
}

fn verdict(point: &Point) -> String {
    let outcome = point.outcome.as_ref();
    outcome.map_or_else(|| "not done".to_owned(), |known| known.verdict.outcome.to_string())
}

/// Where the figure to show is least.
pub(in crate::simulate) fn best(sweep: &Sweep) -> Option<(&Point, f64)> {
    let known = sweep.points.iter().filter_map(|point| Some((point, sweep.value(point)?)));
    known.min_by(|(_, one), (_, other)| one.partial_cmp(other).unwrap_or(Ordering::Equal))
}

/// For other programs: every figure, and the ends of its interval.
pub(super) fn table(sweep: &Sweep) -> Table {
    let ranges = sweep.ranges();
    let names = ranges.iter().map(|axis| sweep.axes[*axis].knob.name.to_owned());
    let figures = FIGURES.iter().flat_map(|figure| {
        [figure.name.to_owned(), format!("{}_from", figure.name), format!("{}_to", figure.name)]
    });
    let mut table = Table::new(names.chain(["verdict".to_owned()]).chain(figures));
    for point in &sweep.points {
        let values = ranges.iter().map(|axis| label(sweep, point, *axis));
        let found = FIGURES.iter().flat_map(|figure| {
            let known = point.outcome.as_ref().and_then(|known| (figure.over)(&known.figures));
            let of = |value: fn(&forebay_sim::Estimate) -> f64| number(known.as_ref().map(value));
            [of(|known| known.mean), of(|known| known.ci95[0]), of(|known| known.ci95[1])]
        });
        table.push(values.chain([verdict(point)]).chain(found));
    }
    table
}

#[derive(Serialize)]
struct Told {
    seed: u64,
    runs: usize,
    horizon_s: f64,
    is_partial: bool,
    show: &'static str,
    axes: InOrder<&'static str, Vec<String>>,
    best: Option<InOrder<&'static str, String>>,
    points: Vec<PointTold>,
}

#[derive(Serialize)]
struct PointTold {
    setting: InOrder<&'static str, String>,
    verdict: String,
    figures: InOrder<&'static str, Option<Interval>>,
}

/// One JSON object.
pub(super) fn json(sweep: &Sweep, plan: &Plan) -> String {
    let done = sweep.points.iter().filter(|point| point.outcome.is_some());
    let axes = sweep.ranges().into_iter().map(|axis| {
        let Axis { knob, values } = &sweep.axes[axis];
        (knob.name, values.iter().map(|value| value.label.clone()).collect())
    });
    let told = Told {
        seed: plan.seed,
        runs: plan.runs,
        horizon_s: plan.horizon.as_secs_f64(),
        is_partial: done.clone().count() < sweep.points.len(),
        show: sweep.show.name,
        axes: InOrder(axes.collect()),
        best: best(sweep).map(|(point, _)| options(sweep, point)),
        points: done.map(|point| of_point(sweep, point)).collect(),
    };
    json::text(&told)
}

fn options(sweep: &Sweep, point: &Point) -> InOrder<&'static str, String> {
    let each = sweep.ranges().into_iter().map(|axis| {
        let Axis { knob, values } = &sweep.axes[axis];
        (knob.name, values[point.at[axis]].text.clone())
    });
    InOrder(each.collect())
}

fn of_point(sweep: &Sweep, point: &Point) -> PointTold {
    let figures = FIGURES.iter().map(|figure| {
        let known = point.outcome.as_ref().and_then(|known| (figure.over)(&known.figures));
        (figure.name, known.as_ref().map(Interval::of))
    });
    PointTold {
        setting: options(sweep, point),
        verdict: verdict(point),
        figures: InOrder(figures.collect()),
    }
}
