//! Drains, accumulates, on the edge; and what is there when it is canceled.

use std::time::Duration;

use forebay::Gears;
use forebay_sim::{Control, Model, Outcome, Plan, Report, Trouble, Watch, simulate};
use forebay_testkit::seed::seed;

use crate::held::simulated;

fn of(model: &Model) -> Report {
    let horizon = Duration::from_secs(20_000);
    simulated(model, &Plan { seed: seed(), runs: 8, horizon, ..Plan::default() })
}

fn line(service: &str) -> Model {
    let service = service.parse().expect("a service");
    Model::line("exp:1s".parse().expect("a gap"), service, 1).expect("a model")
}

#[track_caller]
fn says(model: &Model, outcome: Outcome, parts: &[&str]) {
    let verdict = of(model).verdict;
    assert_eq!(verdict.outcome, outcome, "{}", verdict.reason);
    for part in parts {
        assert!(verdict.reason.contains(part), "`{part}` is not in: {}", verdict.reason);
    }
}

#[test]
fn less_than_can_be_taken_drains() {
    says(&line("exp:700ms"), Outcome::Drains, &["70.0 %", "no trend"]);
    says(&Model::two_loops(), Outcome::Drains, &["171.4 %, 45.7 %", "gear 0, 1"]);
}

#[test]
fn a_minute_from_empty_to_the_thresholds_is_no_trend() {
    let horizon = Duration::from_secs(60);
    let plan = Plan { seed: seed(), runs: 64, horizon, ..Plan::default() };
    let verdict = simulated(&Model::two_loops(), &plan).verdict;
    assert_eq!(verdict.outcome, Outcome::Drains, "{}", verdict.reason);
}

#[test]
fn more_than_can_be_taken_accumulates() {
    says(&line("exp:1100ms"), Outcome::Accumulates, &["110.0 %", "grows by 0.0"]);
}

#[test]
fn as_much_as_can_be_taken_is_on_the_edge() {
    says(&line("exp:1s"), Outcome::OnTheEdge, &["100.0 %"]);
}

#[test]
fn gears_that_never_engage_accumulate_though_the_fast_one_would_do() {
    let gears = Gears::two(1_000_000, 0).expect("a band");
    let model = Model { control: Control::Gears(gears), ..Model::two_loops() };
    says(&model, Outcome::Accumulates, &["45.7 %", "grows by 0.4"]);
}

#[test]
fn a_sink_that_stays_dead_accumulates() {
    let mut model = line("exp:500ms");
    let dead = Trouble::Dead { from: Duration::from_secs(10), to: Duration::from_secs(90_000) };
    model.sink.troubles.push(dead);
    says(&model, Outcome::Accumulates, &["50.0 %", "grows by"]);
}

#[test]
fn what_is_canceled_before_it_begins_is_an_empty_report() {
    let watch = Watch::default();
    watch.cancel();
    let report = simulate(&Model::two_loops(), &Plan::default(), &watch).expect("no error");
    assert!(report.is_canceled);
    assert_eq!((report.runs, report.figures.mean_length), (0, None));
}

#[test]
fn what_is_canceled_on_the_way_has_what_is_done() {
    let horizon = Duration::from_secs(50 * 365 * 86_400);
    let plan = Plan { runs: 2, threads: 1, horizon, ..Plan::default() };
    let watch = Watch::default();
    let report = std::thread::scope(|scope| {
        let simulation = scope.spawn(|| simulate(&Model::two_loops(), &plan, &watch));
        while watch.events() == 0 {
            std::thread::yield_now();
        }
        watch.cancel();
        simulation.join().expect("no panic").expect("no error")
    });
    assert!(report.is_canceled && watch.simulated() > Duration::ZERO);
    assert_eq!(report.runs, 1);
    let length = report.figures.mean_length.expect("there was some time").mean;
    assert!((2.0..5.0).contains(&length), "{length}");
}
