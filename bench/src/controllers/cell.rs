//! One controller in one scenario, once.

use std::time::Duration;

use forebay_sim::{Arrivals, Consult, Model, RunFigures, RunPlan, Style, Trace, Watch, run};
use serde::Serialize;

use super::contender::{Contender, LEAST_PER_ITEM};
use super::scenario::{HORIZON, Harm, Scenario, Span};
use crate::failure::Failure;

/// So often a pool asks.
const CONSULT_EVERY: Duration = Duration::from_millis(100);

/// With fewer items than these things are as they should be: a second's worth at the peak.
const CALM_BELOW: usize = 300;

/// More points than there are changes of the length.
const POINTS_MAX: usize = 4_000_000;

/// What came of it.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub(super) struct Outcome {
    pub(super) p99_wait_s: f64,
    /// The workers' time at the sink, in vain or not, as many times as long as the same items would have taken in the largest
    /// batches, at once.
    pub(super) work: f64,
    pub(super) shifts_per_hour: f64,
    /// Until it was as it should be, for good; the longest there is time for when it never was.
    pub(super) recovery_s: Option<f64>,
    pub(super) harm: Option<f64>,
}

/// Simulates it.
pub(super) fn outcome(
    contender: Contender,
    scenario: Scenario,
    arrivals: &Arrivals,
    seed: u64,
) -> Result<Outcome, Failure> {
    let model = Model {
        arrivals: arrivals.clone(),
        style: Style::GetThenServe,
        gears: contender.speeds()?,
        control: contender.control()?,
        consult: Consult::Every(CONSULT_EVERY),
        sink: scenario.sink(),
        ..Model::two_loops()
    };
    let plan = RunPlan {
        seed,
        horizon: HORIZON,
        trace_points_max: Some(POINTS_MAX),
        ..RunPlan::default()
    };
    let figures = run(&model, &plan, &Watch::default());
    let figures = figures.map_err(|error| Failure::because(contender.method.name(), error))?;
    of(&figures, contender, scenario).ok_or_else(|| Failure::new("a run without an item"))
}

fn of(figures: &RunFigures, contender: Contender, scenario: Scenario) -> Option<Outcome> {
    let trace = figures.trace.as_ref()?;
    let harm = match scenario.harm() {
        Harm::None => None,
        Harm::Attempts(span) => {
            // Nothing fails but then.
            let minutes = (span.to - span.from).as_secs_f64() / 60.0;
            Some(figures.attempts_failed as f64 / minutes)
        }
        Harm::Workers(free, span) => {
            let sizes = contender.sizes();
            Some(mean_beyond(trace, span, |gear| sizes[gear].1.saturating_sub(free)))
        }
    };
    let hours = figures.measured_s / 3600.0;
    Some(Outcome {
        p99_wait_s: figures.p99_wait_s?,
        work: work(figures),
        shifts_per_hour: (figures.shifts_up + figures.shifts_down) as f64 / hours,
        recovery_s: scenario.recovery().map(|span| recovery_s(trace, span)),
        harm,
    })
}

/// What was done at the sink, as a multiple of the least that does.
fn work(figures: &RunFigures) -> f64 {
    let served_s = figures.mean_busy * figures.measured_s;
    let least_s = figures.got as f64 * LEAST_PER_ITEM.as_secs_f64();
    served_s / (1.0 - figures.wasted_share) / least_s
}

/// From the beginning of `span` until the length stayed low to its end.
fn recovery_s(trace: &Trace, span: Span) -> f64 {
    let (from_ns, to_ns) = (ns(span.from), ns(span.to));
    let mut recovered_ns = from_ns;
    let mut is_calm = true;
    for point in trace.points.iter().take_while(|point| point.at_ns < to_ns) {
        let was_calm = std::mem::replace(&mut is_calm, point.len < CALM_BELOW);
        if is_calm && !was_calm {
            recovered_ns = point.at_ns.max(from_ns);
        }
    }
    if !is_calm {
        recovered_ns = to_ns;
    }
    (recovered_ns - from_ns) as f64 / 1e9
}

/// What `beyond` says of the gear, on average over `span`, and nothing while no item waits: then
/// not everybody has something to do.
fn mean_beyond(trace: &Trace, span: Span, beyond: impl Fn(usize) -> usize) -> f64 {
    let (from_ns, to_ns) = (ns(span.from), ns(span.to));
    let mut gears = trace.gears.iter().peekable();
    let mut sum = 0.0;
    let (mut at_ns, mut len, mut gear) = (0, 0, 0);
    let ends = trace.points.iter().map(|point| (point.at_ns, Some(point.len)));
    for (next_ns, next_len) in ends.chain([(to_ns, None)]) {
        let next_ns = next_ns.min(to_ns);
        // A gear that came in between cuts the time in two.
        loop {
            let shift = gears.next_if(|shift| shift.at_ns <= next_ns);
            let until_ns = shift.map_or(next_ns, |shift| shift.at_ns);
            if len > 0 {
                let spent_ns = until_ns.max(from_ns) - at_ns.max(from_ns);
                sum += spent_ns as f64 * beyond(gear) as f64;
            }
            at_ns = until_ns;
            match shift {
                Some(shift) => gear = shift.gear,
                None => break,
            }
        }
        len = next_len.unwrap_or(len);
    }
    sum / (to_ns - from_ns) as f64
}

fn ns(time: Duration) -> u64 {
    time.as_nanos() as u64
}
