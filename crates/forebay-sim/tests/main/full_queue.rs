//! A queue with an end: how much is lost, and what becomes of whom.

use std::time::Duration;

use forebay::WhenFull;
use forebay_sim::{Model, Plan, Report};
use forebay_testkit::seed::seed;

use crate::held::{agrees, plan, simulated};

const LOAD: f64 = 0.8;
/// Places, the one at the worker included.
const PLACES: i32 = 5;

fn crowded(when_full: WhenFull) -> Model {
    let service = format!("exp:{}ms", LOAD * 1000.0).parse().expect("a service");
    let line = Model::line("exp:1s".parse().expect("a gap"), service, 1).expect("a model");
    Model { capacity: Some(PLACES as usize - 1), when_full, ..line }
}

/// The chance that all places are taken.
fn blocking() -> f64 {
    (1.0 - LOAD) * LOAD.powi(PLACES) / (1.0 - LOAD.powi(PLACES + 1))
}

fn lost(report: &Report) -> Option<forebay_sim::Estimate> {
    report.figures.lost_share
}

#[test]
fn a_full_queue_rejects_as_many_as_m_m_1_k_blocks() {
    let report = simulated(&crowded(WhenFull::Reject), &plan(250_000));
    agrees("rejected", lost(&report), blocking());
    agrees("busy", report.figures.mean_busy, LOAD * (1.0 - blocking()));
    assert!(report.each.iter().all(|run| run.dropped == 0 && run.max_length == 4));
}

#[test]
fn dropping_the_newest_loses_as_many() {
    let report = simulated(&crowded(WhenFull::DropNewest), &plan(250_000));
    agrees("dropped", lost(&report), blocking());
    assert!(report.each.iter().all(|run| run.rejected == 0));
}

#[test]
fn dropping_the_oldest_loses_as_many_and_those_that_stay_wait_less() {
    let newest = simulated(&crowded(WhenFull::DropNewest), &plan(10_000));
    let oldest = simulated(&crowded(WhenFull::DropOldest), &plan(250_000));
    agrees("dropped", lost(&oldest), blocking());
    let wait = |report: &Report| report.figures.mean_wait_s.expect("items were got").mean;
    assert!(wait(&oldest) < wait(&newest));
}

#[test]
fn a_producer_that_waits_loses_nothing_and_is_as_fast_as_the_worker() {
    let mut model = crowded(WhenFull::Wait);
    model.arrivals = forebay_sim::Arrivals::Gaps("100ms".parse().expect("a gap"));
    let plan =
        Plan { seed: seed(), runs: 4, horizon: Duration::from_secs(10_000), ..Plan::default() };
    let report = simulated(&model, &plan);
    for run in &report.each {
        assert_eq!((run.dropped, run.rejected, run.max_length), (0, 0, 4));
        // It stands there from each take to the next but for its own gap.
        assert!(run.blocked_share > 0.8, "{}", run.blocked_share);
        assert!(run.mean_busy > 0.999, "{}", run.mean_busy);
    }
}
