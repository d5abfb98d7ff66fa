//! Distributions and arrivals have the mean and the variance they say, and keep to their range.

use std::time::Duration;

use forebay_sim::{Arrivals, Bursts, Daily, Distribution, Estimate, Model, Plan};
use forebay_testkit::seed::seed;
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::SeedableRng;

use crate::held::simulated;

const ALL: [&str; 6] = [
    "250ms..1500ms",
    "continuous:250ms..1500ms",
    "const:400ms",
    "exp:1.5s",
    "lognormal:1.5s:0.8",
    "gamma:1.5s:0.5",
];

fn of(text: &str) -> Distribution {
    text.parse().expect("a distribution")
}

fn drawn(distribution: Distribution, count: usize) -> Vec<f64> {
    let mut generator = ChaCha8Rng::seed_from_u64(seed());
    (0..count).map(|_| distribution.draw_ns(&mut generator) as f64 / 1e9).collect()
}

#[test]
fn what_is_drawn_has_the_mean_and_the_variance_that_are_told() {
    for text in ALL {
        let distribution = of(text);
        let values = drawn(distribution, 2_000_000);
        let mean = distribution.mean_s();
        let found = Estimate::of(values.iter().copied()).expect("values");
        let error = 5.0 * found.standard_error() + 1e-9;
        assert!((found.mean - mean).abs() <= error, "{text}: {found:?}");
        let squares = Estimate::of(values.iter().map(|value| (value - mean).powi(2)));
        let squares = squares.expect("values");
        let error = 5.0 * squares.standard_error() + 1e-9;
        assert!((squares.mean - distribution.variance_s2()).abs() <= error, "{text}: {squares:?}");
    }
}

#[test]
fn whole_milliseconds_reach_both_ends_and_nothing_else() {
    let mut values: Vec<u64> =
        drawn(of("1ms..4ms"), 10_000).iter().map(|s| (s * 1e9).round() as u64).collect();
    values.sort_unstable();
    values.dedup();
    assert_eq!(values, [1_000_000, 2_000_000, 3_000_000, 4_000_000]);
}

#[test]
fn every_distribution_reads_what_it_prints() {
    for text in ALL {
        let distribution = of(text);
        assert_eq!(of(&distribution.to_string()), distribution);
    }
    for text in ["bursts:10:0.5:30s:60s", "daily:2:0.8:24h", "exp:1s"] {
        let arrivals: Arrivals = text.parse().expect("arrivals");
        assert_eq!(arrivals.to_string().parse::<Arrivals>().as_ref(), Ok(&arrivals));
    }
}

#[test]
fn another_mean_keeps_the_shape() {
    for text in ALL {
        let scaled = of(text).scaled_to_mean(Duration::from_secs(7)).expect("it can be");
        let cv2 = |one: Distribution| one.variance_s2() / one.mean_s().powi(2);
        assert!((scaled.mean_s() - 7.0).abs() < 0.001, "{text}: {scaled}");
        assert!((cv2(scaled) - cv2(of(text))).abs() < 0.001, "{text}: {scaled}");
    }
}

fn rate_of(arrivals: Arrivals) -> Estimate {
    let model = Model { arrivals, ..Model::two_loops() };
    let horizon = Duration::from_secs(100_000);
    let plan = Plan { seed: seed(), runs: 32, horizon, ..Plan::default() };
    simulated(&model, &plan).figures.arrivals_per_s.expect("items came")
}

#[test]
fn bursts_and_days_come_as_often_as_they_say() {
    let bursts = Bursts {
        burst_per_s: 4.0,
        quiet_per_s: 0.2,
        burst: Duration::from_secs(10),
        quiet: Duration::from_secs(40),
    };
    let daily = Daily { mean_per_s: 1.5, amplitude: 0.9, period: Duration::from_secs(1000) };
    for arrivals in [Arrivals::Bursts(bursts), Arrivals::Daily(daily)] {
        let theory = arrivals.per_s();
        let found = rate_of(arrivals);
        assert!((found.mean - theory).abs() <= 4.5 * found.standard_error(), "{found:?}, {theory}");
        assert!(found.half_width() < 0.01 * theory, "{found:?}");
    }
}

#[test]
fn a_day_begins_at_its_lowest() {
    let daily = Daily { mean_per_s: 10.0, amplitude: 1.0, period: Duration::from_secs(1000) };
    let come = |from_s, to_s| {
        let model = Model { arrivals: Arrivals::Daily(daily), ..Model::two_loops() };
        let plan = forebay_sim::RunPlan {
            seed: seed(),
            horizon: Duration::from_secs(to_s),
            warm_up: Duration::from_secs(from_s),
            ..forebay_sim::RunPlan::default()
        };
        let run = forebay_sim::run(&model, &plan, &forebay_sim::Watch::default());
        run.expect("it can be simulated").arrivals as f64
    };
    // The first quarter has 1/4 − 1/2π of a period's items, the second 1/4 + 1/2π.
    assert!((come(0, 250) - 908.0).abs() < 5.0 * 908_f64.sqrt());
    assert!((come(250, 500) - 4092.0).abs() < 5.0 * 4092_f64.sqrt());
}
