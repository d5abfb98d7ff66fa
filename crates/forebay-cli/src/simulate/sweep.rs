//! `forebay simulate sweep`: every point of a grid.

use forebay_sim::Model;

use super::figure::{self, Figure};
use super::{Options, arguments, picture, print, refused, work, write};
use crate::outcome::Failure;
use crate::output;

pub(super) mod all;
pub(super) mod grid;
mod told;

use all::{Outcome, simulate_all};
use grid::Axis;

/// A grid, and what came of it.
#[derive(Debug)]
pub(super) struct Sweep {
    pub(super) axes: Vec<Axis>,
    pub(super) show: &'static Figure,
    pub(super) points: Vec<Point>,
}

/// One point.
#[derive(Debug)]
pub(super) struct Point {
    /// Which value of each axis.
    pub(super) at: Vec<usize>,
    /// Nothing when there was no time for it.
    pub(super) outcome: Option<Outcome>,
}

impl Sweep {
    /// The axes that go somewhere, by their number.
    pub(super) fn ranges(&self) -> Vec<usize> {
        (0..self.axes.len()).filter(|at| self.axes[*at].is_range()).collect()
    }

    /// The figure to show, at this point.
    pub(super) fn value(&self, point: &Point) -> Option<f64> {
        let estimate = (self.show.over)(&point.outcome.as_ref()?.figures)?;
        Some(estimate.mean).filter(|mean| mean.is_finite())
    }
}

/// So many reasons why points are left out are told.
const REASONS_MAX: usize = 3;

/// Simulates the grid and tells what came of it.
pub(super) fn run(mut options: Options, axes: &[Axis], show: &'static str) -> Result<(), Failure> {
    let ranges = axes.iter().filter(|axis| axis.is_range()).count();
    if options.plot.is_some() && !(1..=2).contains(&ranges) {
        let what = format!("--plot draws one or two ranges, and there are {ranges}");
        return Err(Failure::Usage(what));
    }
    let (at, models) = models(&mut options, axes)?;
    let plan = options.plan.clone();
    let runs = u32::try_from(plan.runs.saturating_mul(models.len())).unwrap_or(u32::MAX);
    let outcomes = work::watched(Some(plan.horizon.saturating_mul(runs)), |watch| {
        simulate_all(&models, &plan, &[], watch)
    })?
    .map_err(refused)?;
    let points = at.into_iter().zip(outcomes).map(|(at, outcome)| Point { at, outcome }).collect();
    let show = figure::find(show).map_err(Failure::Usage)?;
    let sweep = Sweep { axes: axes.to_vec(), show, points };
    tell(&options, &sweep)
}

/// The points that can be, each with its model.
fn models(options: &mut Options, axes: &[Axis]) -> Result<(Vec<Vec<usize>>, Vec<Model>), Failure> {
    let all = grid::points(axes).map_err(Failure::Usage)?;
    let count = all.len();
    let (mut at, mut models, mut impossible) = (Vec::new(), Vec::new(), Vec::new());
    let mut replay = None;
    for point in all {
        let mut setup = arguments::setup(&grid::said(axes, &point)).map_err(Failure::Usage)?;
        match &replay {
            None => {
                let span = setup.open_replay().map_err(Failure::Usage)?;
                if let Some(horizon) = options.run_for.or(span) {
                    options.plan.horizon = horizon;
                }
                replay = Some(setup.arrivals.clone()).filter(|_| span.is_some());
            }
            Some(arrivals) => setup.arrivals = arrivals.clone(),
        }
        match setup.model() {
            Ok(model) => {
                options
                    .plan
                    .check(&model)
                    .map_err(|error| at_point(refused(error), axes, &point))?;
                at.push(point);
                models.push(model);
            }
            Err(reason) => impossible.push(reason),
        }
    }
    let left_out = impossible.len();
    impossible.sort();
    impossible.dedup();
    match impossible.first() {
        Some(reason) if models.is_empty() => return Err(Failure::Usage(reason.clone())),
        Some(_) => output::tell(&left_out_of(count, left_out, &impossible)),
        None => {}
    }
    Ok((at, models))
}

/// How many points are left out, and why.
fn left_out_of(count: usize, left_out: usize, reasons: &[String]) -> String {
    let told: Vec<&str> = reasons.iter().take(REASONS_MAX).map(String::as_str).collect();
    let more = match reasons.len().saturating_sub(REASONS_MAX) {
        0 => String::new(),
        more => format!("; and {more} other reasons"),
    };
    format!("{left_out} of {count} points are left out: {}{more}", told.join("; "))
}

fn at_point(failure: Failure, axes: &[Axis], point: &[usize]) -> Failure {
    match failure {
        Failure::Usage(reason) => {
            Failure::Usage(format!("at {}: {reason}", told::setting(axes, point)))
        }
        other => other,
    }
}

fn tell(options: &Options, sweep: &Sweep) -> Result<(), Failure> {
    let done = sweep.points.iter().filter(|point| point.outcome.is_some()).count();
    if done < sweep.points.len() {
        output::tell(&format!("interrupted: {done} of {} points are done", sweep.points.len()));
    }
    if let Some(path) = &options.csv {
        write(path, told::table(sweep).csv().as_bytes())?;
    }
    if let Some(path) = &options.plot {
        picture::save(path, &picture::map::draw(sweep, &options.plan))?;
    }
    print(&if options.json { told::json(sweep, &options.plan) } else { told::text(sweep) })
}
