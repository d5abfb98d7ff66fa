//! What befalls the sink: slow, dead, flapping, crowded.

use std::time::Duration;

use forebay_sim::{Model, Plan, Report, RunFigures, RunPlan, Sink, Speed, Trouble, Watch, run};

use crate::held::simulated;

/// An item a second, half a second each, a thousand seconds.
fn under(trouble: Trouble) -> RunFigures {
    let line = Model::line("1s".parse().expect("a gap"), "500ms".parse().expect("one"), 1);
    let sink = Sink { troubles: vec![trouble], ..Sink::default() };
    let plan = RunPlan { horizon: Duration::from_secs(1000), ..RunPlan::default() };
    let model = Model { sink, ..line.expect("a model") };
    let figures = run(&model, &plan, &Watch::default()).expect("it can be simulated");
    assert!(figures.little.holds());
    figures
}

fn span() -> (Duration, Duration) {
    (Duration::from_secs(100), Duration::from_secs(200))
}

#[test]
fn a_slow_sink_takes_as_many_times_as_long_and_no_longer() {
    let (from, to) = span();
    let figures = under(Trouble::Slow { from, to, times: 4.0 });
    // 100 items come meanwhile and 50 are served: 50 are left, served in another 50 s.
    assert!((49..=51).contains(&figures.max_length), "{}", figures.max_length);
    assert_eq!((figures.attempts_failed, figures.final_length), (0, 0));
    let expected_s = f64::from(500 * 950 + 2000 * 50) / 1000.0;
    assert!((figures.mean_busy * 1000.0 - expected_s).abs() < 3.0, "{}", figures.mean_busy);
}

#[test]
fn a_dead_sink_loses_nothing_and_is_tried_again() {
    let (from, to) = span();
    let figures = under(Trouble::Dead { from, to });
    assert!(figures.max_length >= 98, "{}", figures.max_length);
    // 100 ms, then twice as long each time, up to 30 s.
    assert!((8..=16).contains(&figures.attempts_failed), "{}", figures.attempts_failed);
    assert!(figures.wasted_share > 0.0 && figures.final_length == 0);
    assert_eq!(figures.got, figures.arrivals);
}

#[test]
fn a_sink_that_flaps_fails_again_and_again() {
    let up = Duration::from_secs(20);
    let figures = under(Trouble::Flaps { up, down: Duration::from_secs(2) });
    assert!(figures.attempts_failed >= 45, "{}", figures.attempts_failed);
    assert!(figures.final_length <= 5, "{}", figures.final_length);
}

fn crowd(workers: usize) -> Report {
    let line = Model::line("1ms".parse().expect("a gap"), "100ms".parse().expect("one"), workers);
    let contention = Trouble::Contention { workers: 4, loss: 0.1 };
    let sink = Sink { troubles: vec![contention], ..Sink::default() };
    let plan = Plan { runs: 2, horizon: Duration::from_secs(100), ..Plan::default() };
    simulated(&Model { sink, ..line.expect("a model") }, &plan)
}

#[test]
fn more_workers_than_the_sink_bears_do_less() {
    let got_per_s = |workers| crowd(workers).figures.got_per_s.expect("items were got").mean;
    assert!((got_per_s(4) - 40.0).abs() < 0.5);
    let many = got_per_s(8);
    assert!((many - 40.0 / 1.4).abs() < 1.0, "{many}");
    let told = crowd(8).verdict.loads[0];
    assert!((told - 1000.0 / (40.0 / 1.4)).abs() < 0.01, "{told}");
}

#[test]
fn a_batch_takes_its_fixed_time_and_each_items() {
    let line = Model::line("100ms".parse().expect("a gap"), "50ms".parse().expect("one"), 1);
    let mut model = line.expect("a model");
    let per_batch = "300ms".parse().expect("a service");
    model.gears = vec![Speed { batch: 1000, per_batch, ..model.gears[0] }];
    let plan = RunPlan { horizon: Duration::from_secs(10_000), ..RunPlan::default() };
    let figures = run(&model, &plan, &Watch::default()).expect("it can be simulated");
    // b items come while b items are served: 10 (0.3 + 0.05 b) = b, so b = 6; always busy.
    assert!(figures.mean_busy > 0.999 && figures.max_length <= 7, "{figures:?}");
    assert!((figures.got as f64 / 100_000.0 - 1.0).abs() < 0.001);
}
