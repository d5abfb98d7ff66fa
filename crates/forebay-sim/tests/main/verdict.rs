//! Drains, accumulates, on the edge; and what is there when it is canceled.

use std::time::Duration;

use forebay::{Gears, WhenFull};
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
fn a_daily_curve_over_one_day_drains_when_its_night_empties_the_queue() {
    let hour = Duration::from_secs(3600);
    let curve = "daily:2:0.8:1h".parse().expect("a curve");
    let model = Model { arrivals: curve, ..Model::two_loops() };
    for horizon in [hour, hour * 3 / 2, hour * 3] {
        let plan = Plan { seed: seed(), runs: 8, horizon, ..Plan::default() };
        let verdict = simulated(&model, &plan).verdict;
        assert_eq!(verdict.outcome, Outcome::Drains, "{horizon:?}: {}", verdict.reason);
    }
    // Nor does the curve hide what is left over from one day to the next.
    let gears = Gears::two(1_000_000, 0).expect("a band");
    let model = Model { control: Control::Gears(gears), ..model };
    let plan = Plan { seed: seed(), runs: 8, horizon: hour * 3, ..Plan::default() };
    let verdict = simulated(&model, &plan).verdict;
    assert_eq!(verdict.outcome, Outcome::Accumulates, "{}", verdict.reason);
}

#[test]
fn a_gear_above_the_capacity_does_not_count_and_what_is_lost_is_told() {
    let model = Model { capacity: Some(3), when_full: WhenFull::Reject, ..Model::two_loops() };
    let never = "gear 1 is never reached: it engages above 5, and no more than 3 can wait";
    says(&model, Outcome::Accumulates, &[never, "it loses 41."]);
    let told = of(&model).verdict.to_string();
    assert!(told.starts_with("accumulates, and loses 41."), "{told}");
    let model = Model { when_full: WhenFull::Wait, ..model };
    says(&model, Outcome::Accumulates, &[never, "producer stand before a full queue 41."]);
    // A queue that drains, and loses now and then.
    let model = Model { capacity: Some(6), when_full: WhenFull::DropNewest, ..Model::two_loops() };
    says(&model, Outcome::Drains, &["it loses "]);
    let told = of(&model).verdict.to_string();
    assert!(told.starts_with("drains, but loses "), "{told}");
}

#[test]
fn trouble_of_the_sink_is_the_reason_that_is_told() {
    let mut model = line("exp:500ms");
    let seconds = Duration::from_secs;
    model.sink.troubles = vec![Trouble::Flaps { up: seconds(30), down: seconds(30) }];
    says(&model, Outcome::OnTheEdge, &["the sink is down 50.0 % of the time", "pauses before"]);
    model.sink.troubles = vec![Trouble::Dead { from: seconds(10), to: seconds(90_000) }];
    says(&model, Outcome::Accumulates, &["the sink is dead from 10s to 90000s"]);
}

#[test]
fn too_few_runs_to_see_a_length_grow_are_not_told_as_no_trend() {
    let bursts = "bursts:10:0:30s:60s".parse().expect("bursts");
    let model = Model { arrivals: bursts, ..Model::two_loops() };
    let plan = Plan { seed: 1, runs: 2, horizon: Duration::from_secs(3600), ..Plan::default() };
    let verdict = simulated(&model, &plan).verdict;
    assert_eq!(verdict.outcome, Outcome::Accumulates);
    assert!(!verdict.reason.contains("no trend"), "{}", verdict.reason);
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
