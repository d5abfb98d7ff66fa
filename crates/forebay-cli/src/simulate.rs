//! `forebay simulate`: will it drain or accumulate? Answered under a virtual clock.
//!
//! One setting, a grid of them (`sweep`), or a search for the cheapest that keeps a promise
//! (`plan`). Results go to standard output, a progress bar to standard error if that is a
//! terminal. Ctrl-C ends it with what is done so far.

use std::path::{Path, PathBuf};
use std::time::Duration;

use forebay_sim::{Model, Plan, Report, SimError, simulate};

use crate::outcome::Failure;
use crate::output;

// What was asked for.
pub(crate) mod arguments;
mod help;
mod setup;

// What is done.
mod plan;
mod sweep;
mod work;

// What is told.
pub(crate) mod figure;
mod picture;
mod report;

use plan::promise::Promise;
use setup::Setup;
use sweep::grid::Axis;

/// What `forebay simulate` was asked for.
#[derive(Debug)]
pub(crate) struct Options {
    what: What,
    plan: Plan,
    /// Without it 24 hours, or what a replayed file covers.
    run_for: Option<Duration>,
    json: bool,
    csv: Option<PathBuf>,
    plot: Option<PathBuf>,
}

#[derive(Debug)]
enum What {
    Single { said: Said },
    Sweep { axes: Vec<Axis>, show: &'static str },
    Plan { promises: Vec<Promise>, said: Said, workers_max: Option<usize> },
}

/// Options of the model and what they were set to, in the order of the table.
type Said = Vec<(&'static str, String)>;

/// So many points of the length over time: enough for any picture.
const TRACE_POINTS_MAX: usize = 20_000;

/// Simulates what was asked for.
pub(crate) fn run(mut options: Options) -> Result<(), Failure> {
    match std::mem::replace(&mut options.what, What::Single { said: Vec::new() }) {
        What::Single { said } => single(options, &said),
        What::Sweep { axes, show } => sweep::run(options, &axes, show),
        What::Plan { promises, said, workers_max } => {
            plan::run(options, &promises, said, workers_max)
        }
    }
}

fn single(mut options: Options, said: &Said) -> Result<(), Failure> {
    let setup = open(&mut options, said)?;
    let model = setup.model().map_err(Failure::Usage)?;
    options.plan.trace_points_max = options.plot.as_ref().map(|_| TRACE_POINTS_MAX);
    options.plan.check(&model).map_err(refused)?;
    let report = simulated(&model, &options.plan)?;
    if report.is_canceled {
        output::tell(&format!(
            "interrupted: {} of {} runs are done, the figures are of these",
            report.each.iter().filter(|run| run.is_complete).count(),
            options.plan.runs
        ));
    }
    if let Some(path) = &options.csv {
        write(path, report::csv::of(&report).as_bytes())?;
    }
    if let Some(path) = &options.plot {
        picture::save(path, &picture::length::draw(&setup, &report))?;
    }
    print(&if options.json { report::json::of(&report) } else { report::text::of(&model, &report) })
}

/// The setup, with what is replayed, and the time that comes from it.
fn open(options: &mut Options, said: &Said) -> Result<Setup, Failure> {
    let mut setup = arguments::setup(said).map_err(Failure::Usage)?;
    let span = setup.open_replay().map_err(Failure::Usage)?;
    if let Some(horizon) = options.run_for.or(span) {
        options.plan.horizon = horizon;
    }
    Ok(setup)
}

fn simulated(model: &Model, plan: &Plan) -> Result<Report, Failure> {
    let all = plan.horizon.saturating_mul(u32::try_from(plan.runs).unwrap_or(u32::MAX));
    work::watched(Some(all), |watch| simulate(model, plan, watch))?.map_err(refused)
}

/// What the simulator refuses is asked for wrongly.
fn refused(error: SimError) -> Failure {
    let hint = match &error {
        SimError::TooMuch { .. } => " (--limit-waiting, --limit-events)",
        _ => "",
    };
    Failure::Usage(format!("{error}{hint}"))
}

fn write(path: &Path, bytes: &[u8]) -> Result<(), Failure> {
    std::fs::write(path, bytes)
        .map_err(|error| Failure::Failed(format!("cannot write {}: {error}", path.display())))
}

fn print(text: &str) -> Result<(), Failure> {
    output::line(&mut std::io::stdout().lock(), text.trim_end_matches('\n'))
        .map_err(|error| Failure::of_output(&error))
}
