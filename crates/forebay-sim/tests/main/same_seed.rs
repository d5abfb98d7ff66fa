//! The same seed gives the same result, bit for bit, whatever carries it out.

use std::time::Duration;

use forebay::WhenFull;
use forebay_sim::{
    Arrivals, Bursts, Control, Model, Plan, Report, RunFigures, RunPlan, Sink, Speed, Style,
    Trouble, Watch, run, simulate,
};
use forebay_testkit::seed::seed;

/// Everything at once.
fn motley() -> Model {
    Model {
        arrivals: Arrivals::Bursts(Bursts {
            burst_per_s: 5.0,
            quiet_per_s: 0.5,
            burst: Duration::from_secs(20),
            quiet: Duration::from_secs(60),
        }),
        style: Style::GetThenServe,
        gears: vec![
            Speed::serving("gamma:600ms:0.7".parse().expect("a service")),
            Speed {
                workers: 3,
                batch: 4,
                per_batch: "lognormal:300ms:0.5".parse().expect("a service"),
                ..Speed::serving("exp:100ms".parse().expect("a service"))
            },
        ],
        control: Control::other("gears in a box", || Box::new(forebay::Gears::default())),
        capacity: Some(40),
        when_full: WhenFull::DropOldest,
        sink: Sink {
            troubles: vec![
                Trouble::Dead { from: Duration::from_secs(100), to: Duration::from_secs(130) },
                Trouble::Contention { workers: 2, loss: 0.1 },
            ],
            ..Sink::default()
        },
        ..Model::two_loops()
    }
}

fn on(threads: usize, model: &Model, seed: u64) -> Report {
    let horizon = Duration::from_secs(3000);
    let warm_up = Duration::from_secs(50);
    let plan = Plan { seed, runs: 11, threads, horizon, warm_up, ..Plan::default() };
    let mut report = simulate(model, &plan, &Watch::default()).expect("it can be simulated");
    assert!(report.each.iter().all(|run| run.little.holds()));
    report.plan.threads = 0;
    report
}

#[test]
fn one_two_and_five_threads_give_the_same_report() {
    let seed = seed();
    for model in [Model::two_loops(), motley()] {
        let one = on(1, &model, seed);
        assert_eq!(one, on(2, &model, seed));
        assert_eq!(one, on(5, &model, seed));
        assert_ne!(one.each, on(1, &model, seed.wrapping_add(1)).each);
    }
}

#[test]
fn runs_of_one_seed_are_not_alike() {
    let report = on(2, &Model::two_loops(), seed());
    for pair in report.each.windows(2) {
        assert_ne!(pair[0].mean_length, pair[1].mean_length);
    }
}

/// A controller in a box needs the engine; gears by themselves may take the lane.
fn on_the_engine(model: &Model) -> Model {
    let Control::Gears(gears) = &model.control else { panic!("gears are asked for") };
    let gears = gears.clone();
    Model { control: Control::other("boxed", move || Box::new(gears.clone())), ..model.clone() }
}

fn figures(model: &Model, plan: &RunPlan) -> RunFigures {
    run(model, plan, &Watch::default()).expect("it can be simulated")
}

#[test]
fn the_lane_and_the_engine_give_the_same_figures() {
    let seed = seed();
    // Few distinct times, so that items often come the moment somebody looks.
    let coarse = Model {
        arrivals: Arrivals::Gaps("1ms..4ms".parse().expect("a gap")),
        gears: vec![
            Speed::pausing("1ms..6ms".parse().expect("a pause")),
            Speed::pausing("0ms..2ms".parse().expect("a pause")),
        ],
        ..Model::two_loops()
    };
    // The worker waits nearly always, at the end of each window, too.
    let calm = Model {
        arrivals: Arrivals::Gaps("1000ms..2000ms".parse().expect("a gap")),
        gears: vec![Speed::pausing("1ms..500ms".parse().expect("a pause")); 2],
        ..Model::two_loops()
    };
    for model in [Model::two_loops(), coarse, calm] {
        for (run, warm_up_s) in [(0, 0), (1, 500), (2, 1999)] {
            let plan = RunPlan {
                seed,
                run,
                horizon: Duration::from_secs(2000),
                warm_up: Duration::from_secs(warm_up_s),
                ..RunPlan::default()
            };
            let lane = figures(&model, &plan);
            assert_eq!(lane, figures(&on_the_engine(&model), &plan), "run {run}");
            assert!(lane.little.holds());
        }
    }
}

#[test]
fn a_picture_does_not_change_the_figures() {
    let plan = RunPlan { seed: seed(), horizon: Duration::from_secs(3000), ..RunPlan::default() };
    let traced = RunPlan { trace_points_max: Some(200), ..plan.clone() };
    let mut with = figures(&Model::two_loops(), &traced);
    let trace = with.trace.take().expect("it was asked for");
    assert_eq!(with, figures(&Model::two_loops(), &plan));
    assert!(trace.points.len() <= 200 && trace.gears.len() <= 200);
    let highest = trace.points.iter().map(|point| point.len).max();
    assert_eq!(highest, Some(with.max_length), "thinning keeps the peaks");
    assert!(trace.points.is_sorted_by_key(|point| point.at_ns));
}
