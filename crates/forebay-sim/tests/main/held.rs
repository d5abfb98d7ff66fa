//! Holding what is simulated against what theory says, so that an error of 2 % shows.

use std::time::Duration;

use forebay_sim::{Estimate, Model, Plan, Report, Watch, simulate};
use forebay_testkit::seed::seed;

/// Beyond so many standard errors it is no chance: with 64 runs, once in 30,000 tests.
const ERRORS_MAX: f64 = 4.5;
/// So narrow an interval has to be that 2 % lie far outside.
const HALF_WIDTH_MAX: f64 = 0.004;

/// Runs that are enough, of so many seconds each, a tenth of it warm-up.
pub(crate) fn plan(horizon_s: u64) -> Plan {
    let horizon = Duration::from_secs(horizon_s);
    Plan { seed: seed(), runs: 64, horizon, warm_up: horizon / 10, ..Plan::default() }
}

/// Simulates, and holds every run against what is true of any.
pub(crate) fn simulated(model: &Model, plan: &Plan) -> Report {
    let report = simulate(model, plan, &Watch::default()).expect("it can be simulated");
    assert_eq!(report.runs, plan.runs);
    for run in &report.each {
        assert!(run.little.holds(), "run {}: {:?}", run.run, run.little);
        if plan.warm_up.is_zero() {
            let gone = run.got + run.dropped + run.rejected + run.final_length as u64;
            // A producer before a full queue has an item that came and is nowhere yet.
            assert!(run.arrivals - gone <= 1, "run {}: {} came, {gone}", run.run, run.arrivals);
        }
        let shares: f64 = run.gear_share.iter().sum();
        assert!((shares - 1.0).abs() < 1e-9, "run {}: {:?}", run.run, run.gear_share);
    }
    let shares: f64 = report.length_share.iter().sum::<f64>() + report.beyond_share;
    assert!((shares - 1.0).abs() < 1e-9);
    report
}

/// Whether the estimate is sharp, agrees with theory, and would not agree with 2 % more or less.
#[track_caller]
pub(crate) fn agrees(what: &str, estimate: Option<Estimate>, theory: f64) {
    let found = estimate.expect("there is such a figure");
    assert!(found.half_width() < HALF_WIDTH_MAX * theory, "{what}: too few runs, {found:?}");
    assert!(accepts(found, theory), "{what}: {found:?}, theory {theory}");
    assert!(!accepts(found, theory * 1.02), "{what}: 2 % more would pass, {found:?}");
    assert!(!accepts(found, theory * 0.98), "{what}: 2 % less would pass, {found:?}");
}

fn accepts(found: Estimate, theory: f64) -> bool {
    (found.mean - theory).abs() <= ERRORS_MAX * found.standard_error()
}
