//! What cannot be is refused, with the name of the parameter and what it may be.

use std::time::Duration;

use forebay_sim::{
    Arrivals, Bursts, Consult, Control, Daily, Distribution, Model, Plan, SimError, Sink, Speed,
    Trouble, Watch, simulate,
};

#[track_caller]
fn is_refused<T: std::fmt::Debug>(result: Result<T, SimError>, parts: &[&str]) {
    let error = result.expect_err("it cannot be").to_string();
    for part in parts {
        assert!(error.contains(part), "`{part}` is not in: {error}");
    }
}

#[test]
fn a_distribution_names_what_is_wrong_with_it() {
    for (text, parts) in [
        ("-5ms", ["time is `-5ms`", "0 s to 100 years"]),
        ("NaNs", ["time is `NaNs`", "0 s to 100 years"]),
        ("infs", ["time is `infs`", "0 s to 100 years"]),
        ("400", ["time is `400`", "with its unit"]),
        ("", ["time is ``", "with its unit"]),
        ("1500ms..250ms", ["shortest is 1.5 s", "below the longest, 0.25 s"]),
        ("250ms..250ms", ["shortest is 0.25 s", "below the longest"]),
        ("-1ms..5ms", ["shortest is `-1ms`", "0 s to 100 years"]),
        ("0.5ms..2ms", ["uniform range", "continuous:"]),
        ("exp:0s", ["mean is 0", "1 ns or more"]),
        ("exp:-1s", ["mean is `-1s`", "0 s to 100 years"]),
        ("exp:999999999d", ["mean is", "100 years"]),
        ("lognormal:1s:NaN", ["coefficient of variation is NaN", "0.001 to 100"]),
        ("lognormal:1s:-1", ["coefficient of variation is -1", "0.001 to 100"]),
        ("gamma:1s:0", ["coefficient of variation is 0", "0.001 to 100"]),
        ("gamma:1s:x", ["coefficient of variation is `x`", "0.001 to 100"]),
        ("gamma:1s", ["distribution is 1s", "gamma:1.5s:0.5"]),
        ("pareto:1s:2", ["distribution is pareto:1s:2", "lognormal:1.5s:0.8"]),
    ] {
        is_refused(text.parse::<Distribution>(), &parts);
    }
}

#[test]
fn arrivals_name_what_is_wrong_with_them() {
    for (text, parts) in [
        ("0s", ["gap is const:0ns", "above 0"]),
        ("bursts:0:1:1s:1s", ["burst rate is 0", "above 0"]),
        ("bursts:10:-1:1s:1s", ["quiet rate is -1", "above 0"]),
        ("bursts:10:1:0s:1s", ["burst is 0ns", "from 1ms"]),
        ("bursts:x:1:1s:1s", ["burst rate is `x`", "a number"]),
        ("bursts:1", ["arrivals is bursts:1", "bursts:10:0.5:30s:60s"]),
        ("daily:0:0.5:24h", ["mean rate is 0", "above 0"]),
        ("daily:inf:0.5:24h", ["mean rate is inf", "million"]),
        ("daily:1:1.5:24h", ["amplitude is 1.5", "from 0 to 1"]),
        ("daily:1:NaN:24h", ["amplitude is NaN", "from 0 to 1"]),
        ("daily:1:0.5:0s", ["period is 0ns", "from 1ms"]),
    ] {
        is_refused(text.parse::<Arrivals>(), &parts);
    }
    let nothing = Bursts {
        burst_per_s: f64::NAN,
        quiet_per_s: 0.0,
        burst: Duration::from_secs(1),
        quiet: Duration::from_secs(1),
    };
    let model = Model { arrivals: Arrivals::Bursts(nothing), ..Model::two_loops() };
    is_refused(model.check(), &["arrivals: burst rate is NaN"]);
    let daily = Daily { mean_per_s: -1.0, amplitude: 0.0, period: Duration::from_secs(1) };
    let model = Model { arrivals: Arrivals::Daily(daily), ..Model::two_loops() };
    is_refused(model.check(), &["arrivals: mean rate is -1"]);
}

#[test]
fn a_model_names_what_is_wrong_with_it() {
    let two = Model::two_loops;
    let no_workers = Speed { workers: 0, ..Speed::INSTANT };
    let no_batch = Speed { batch: 0, ..Speed::INSTANT };
    let gears = |speed| vec![Speed::INSTANT, speed];
    is_refused(Model { gears: vec![], ..two() }.check(), &["number of gears is 0", "2"]);
    is_refused(Model { control: Control::Fixed, ..two() }.check(), &["number of gears is 2", "1"]);
    is_refused(Model { gears: gears(no_workers), ..two() }.check(), &["gear 1: workers is 0"]);
    is_refused(Model { gears: gears(no_batch), ..two() }.check(), &["gear 1: batch is 0"]);
    is_refused(Model { capacity: Some(0), ..two() }.check(), &["capacity is 0", "1 or more"]);
    let never = Consult::Every(Duration::ZERO);
    is_refused(Model { consult: never, ..two() }.check(), &["tick is 0ns", "1us"]);
}

#[test]
fn a_sink_names_what_is_wrong_with_it() {
    let second = Duration::from_secs(1);
    for (trouble, part) in [
        (Trouble::Slow { from: second, to: second, times: 2.0 }, "sink: slow is from 1s to 1s"),
        (Trouble::Slow { from: Duration::ZERO, to: second, times: 0.0 }, "slow times is 0"),
        (Trouble::Dead { from: second, to: Duration::ZERO }, "sink: dead is from 1s to 0ns"),
        (Trouble::Flaps { up: second, down: Duration::ZERO }, "flaps is 1s up and 0ns down"),
        (Trouble::Contention { workers: 0, loss: 0.1 }, "contention workers is 0"),
        (Trouble::Contention { workers: 1, loss: f64::NAN }, "contention loss is NaN"),
    ] {
        let sink = Sink { troubles: vec![trouble], ..Sink::default() };
        is_refused(Model { sink, ..Model::two_loops() }.check(), &[part]);
    }
}

#[test]
fn a_plan_names_what_is_wrong_with_it() {
    let refused = |plan: Plan, parts: &[&str]| {
        is_refused(simulate(&Model::two_loops(), &plan, &Watch::default()), parts);
    };
    let hour = Duration::from_secs(3600);
    refused(Plan { runs: 0, ..Plan::default() }, &["runs is 0", "from 1 to"]);
    refused(Plan { threads: 0, ..Plan::default() }, &["threads is 0", "from 1 to"]);
    refused(Plan { horizon: Duration::ZERO, ..Plan::default() }, &["time is 0ns"]);
    refused(Plan { horizon: Duration::MAX, ..Plan::default() }, &["time is", "100 years"]);
    refused(Plan { horizon: hour, warm_up: hour, ..Plan::default() }, &["warm-up is 3600s"]);
}

#[test]
fn what_would_never_end_or_fill_the_memory_is_refused_before_it_begins() {
    let year = Duration::from_secs(365 * 86_400);
    let long = Plan { horizon: 50 * year, runs: 1000, ..Plan::default() };
    let refused = simulate(&Model::two_loops(), &long, &Watch::default());
    is_refused(refused, &["1000 runs", "above the limit of 1.0e10", "a higher limit"]);
    let line = Model::line("1ms".parse().expect("one"), "2ms".parse().expect("one"), 1);
    let flood = Plan { horizon: Duration::from_secs(100_000), runs: 1, ..Plan::default() };
    let refused = simulate(&line.expect("a model"), &flood, &Watch::default());
    is_refused(refused, &["it accumulates 500.000 items a second", "above the limit of 1.0e7"]);
}

#[test]
fn a_queue_that_grows_beyond_the_limit_ends_the_run_with_the_reason() {
    let line = Model::line("1ms".parse().expect("one"), "exp:500us".parse().expect("one"), 1);
    let mut model = line.expect("a model");
    let dead = Trouble::Dead { from: Duration::ZERO, to: Duration::from_secs(10_000) };
    model.sink.troubles.push(dead);
    let mut plan = Plan { horizon: Duration::from_secs(1000), runs: 2, ..Plan::default() };
    plan.limits.waiting_max = 100_000;
    let refused = simulate(&model, &plan, &Watch::default());
    is_refused(refused, &["run 0: after", "more than 100000 items wait", "a capacity"]);
}
