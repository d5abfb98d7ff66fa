//! The system of two loops, against the table that another implementation measured.

use std::time::Duration;

use forebay_sim::{Estimate, Model, Outcome, Plan};
use forebay_testkit::seed::seed;

use crate::held::simulated;

/// The table is one run of 200,000 s among ours: it strays as each of them does.
#[test]
fn over_a_long_time_it_is_what_was_measured() {
    let horizon = Duration::from_secs(200_000);
    let plan = Plan { seed: seed(), runs: 64, horizon, ..Plan::default() };
    let report = simulated(&Model::two_loops(), &plan);
    let figures = &report.figures;
    for (name, found, measured, rounding) in [
        ("length", figures.mean_length, 3.50, 0.005),
        ("fast share", figures.fast_share, 0.260, 0.0005),
        ("shifts up per hour", figures.shifts_up_per_hour, 212.7, 0.05),
        ("wait", figures.mean_wait_s, 3.06, 0.005),
    ] {
        let found = found.expect("there is such a figure");
        println!("{name}: {} ± {}, measured {measured}", found.mean, found.half_width());
        assert!(found.half_width() < measured * 0.002, "{name}: too few runs, {found:?}");
        assert!(strays(found, measured, rounding), "{name}: {found:?}, measured {measured}");
        assert!(!strays(found, measured * 1.02, rounding), "{name}: 2 % more would pass");
        assert!(!strays(found, measured * 0.98, rounding), "{name}: 2 % less would pass");
    }
    assert_eq!(report.verdict.outcome, Outcome::Drains, "{}", report.verdict.reason);
}

/// Whether one more run could have been this, as far as its digits tell.
fn strays(found: Estimate, measured: f64, rounding: f64) -> bool {
    (found.mean - measured).abs() <= 4.5 * found.deviation + rounding
}

#[test]
fn the_first_turn_is_what_was_measured() {
    let horizon = Duration::from_secs(120);
    let plan = Plan { seed: seed(), runs: 20_000, horizon, ..Plan::default() };
    let report = simulated(&Model::two_loops(), &plan);
    let up = report.figures.first_shift_up_s.expect("it shifts up within 120 s");
    // Measured over 400 runs: their mean strays by a twentieth of the deviation.
    assert!((up.mean - 13.70).abs() < 3.5 * 3.58 / 20.0, "{up:?}");
    assert!((up.deviation / 3.58 - 1.0).abs() < 0.15, "{up:?}");
    assert!(up.half_width() < 0.01 * up.mean, "{up:?}");
    let down = report.figures.up_to_down_s.expect("it shifts down within 120 s");
    assert!((down.mean - 4.39).abs() < 3.5 * 0.96 / 20.0, "{down:?}");
}
