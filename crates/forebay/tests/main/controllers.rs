//! What every controller promises: settings that make no sense are named, no snapshot at any
//! time makes one panic or leave its gears. What each does is in the files below.

#[path = "controllers/ceilings.rs"]
mod ceilings;
#[path = "controllers/combined.rs"]
mod combined;
#[path = "controllers/demand.rs"]
mod demand;
#[path = "controllers/plant.rs"]
mod plant;

use std::time::Duration;

use forebay::{
    Aimd, AimdConfig, Combined, CombinedConfig, Controller, GEARS_MAX, Gears, Gradient,
    GradientConfig, Proportional, ProportionalConfig, QueueDelay, QueueDelayConfig, SettingError,
    Snapshot, Step,
};
use forebay_testkit::seed;
use proptest::prelude::*;

fn told<C>(refused: Result<C, SettingError>) -> String {
    refused.err().expect("it makes no sense").to_string()
}

#[test]
fn settings_that_make_no_sense_are_named_with_what_they_may_be() {
    let proportional = |tolerance, gears, drain_within| {
        let down_after = Duration::ZERO;
        told(Proportional::new(ProportionalConfig { gears, drain_within, tolerance, down_after }))
    };
    let second = Duration::from_secs(1);
    for wrong in [f64::NAN, f64::INFINITY, -0.1, 0.91] {
        let expected = format!("tolerance is {wrong:?} and must be 0.0 to 0.9");
        assert_eq!(proportional(wrong, 8, second), expected);
    }
    assert_eq!(proportional(0.1, 0, second), "gears is 0 and must be 1 to 1000");
    assert_eq!(proportional(0.1, GEARS_MAX + 1, second), "gears is 1001 and must be 1 to 1000");
    let endless = proportional(0.1, 8, Duration::ZERO);
    assert_eq!(endless, "drain_within is 0ns and must be 1ms to 86400s");

    let (target, interval) = (second, second / 2);
    let crossed = QueueDelay::new(QueueDelayConfig { target, interval, ..Default::default() });
    assert_eq!(told(crossed), "interval is 500ms and must be 1s to 86400s");
    let eternal = Duration::MAX;
    let delay = QueueDelay::new(QueueDelayConfig { down_after: eternal, ..Default::default() });
    assert!(told(delay).starts_with("down_after is"));

    for decrease in [f64::NAN, 0.0, 1.0] {
        let refused = Aimd::new(AimdConfig { decrease, ..Default::default() });
        assert!(told(refused).starts_with("decrease is"));
    }
    for tolerance in [f64::NAN, 1.0, 101.0] {
        let refused = Gradient::new(GradientConfig { tolerance, ..Default::default() });
        assert!(told(refused).starts_with("tolerance is"));
    }
    let failing = CombinedConfig { failures_max: -1.0, ..Default::default() };
    let parts = (Gears::default(), gradient(2));
    assert!(told(Combined::new(parts.0, parts.1, failing)).starts_with("failures_max is"));
}

#[test]
fn a_demand_and_a_ceiling_of_different_sizes_are_refused() {
    let refused = Combined::new(Gears::default(), gradient(8), CombinedConfig::default());
    let expected = "gears of the ceiling is 8 and must be as many as the demand has, 2";
    assert_eq!(told(refused), expected);
}

fn gradient(gears: usize) -> Gradient {
    Gradient::new(GradientConfig { gears, ..Default::default() }).expect("it makes sense")
}

fn aimd(gears: usize) -> Aimd {
    Aimd::new(AimdConfig { gears, ..Default::default() }).expect("it makes sense")
}

/// Those that follow the backlog.
fn demands(gears: usize) -> Vec<Box<dyn Controller>> {
    let proportional = || {
        Proportional::new(ProportionalConfig { gears, ..Default::default() })
            .expect("it makes sense")
    };
    let delay =
        QueueDelay::new(QueueDelayConfig { gears, ..Default::default() }).expect("it makes sense");
    let config = CombinedConfig::default();
    let steps =
        (1..gears).map(|step| Step { engage_above: 10 * step, release_at: 10 * (step - 1) });
    let mut demands: Vec<Box<dyn Controller>> = vec![
        Box::new(Combined::new(proportional(), gradient(gears), config).expect("it makes sense")),
        Box::new(Combined::new(delay.clone(), aimd(gears), config).expect("it makes sense")),
        Box::new(proportional()),
        Box::new(delay),
    ];
    if gears > 1 {
        demands.push(Box::new(Gears::staircase(steps).expect("it makes sense")));
    }
    demands
}

fn all(gears: usize) -> Vec<Box<dyn Controller>> {
    let mut all = demands(gears);
    all.push(Box::new(aimd(gears)));
    all.push(Box::new(gradient(gears)));
    all
}

fn any_number() -> impl Strategy<Value = f64> {
    let odd = [f64::NAN, f64::INFINITY, f64::NEG_INFINITY, f64::MIN_POSITIVE, f64::MAX, -0.0];
    prop_oneof![
        2 => prop::sample::select(odd.to_vec()),
        2 => -1.0..2.0f64,
        1 => 0.0..1e6f64,
    ]
}

fn any_time() -> impl Strategy<Value = Duration> {
    let odd = [Duration::ZERO, Duration::from_nanos(1), Duration::MAX];
    prop_oneof![
        1 => prop::sample::select(odd.to_vec()),
        2 => (0..10_000_000u64).prop_map(Duration::from_micros),
    ]
}

fn any_size() -> impl Strategy<Value = usize> {
    prop_oneof![1 => Just(0), 1 => Just(usize::MAX), 3 => 0..100usize]
}

fn any_snapshot() -> impl Strategy<Value = Snapshot> {
    let rates = (any_number(), any_number(), any_number());
    let gear = prop::option::of(any_size());
    (any_size(), rates, any_time(), any_size(), any_time(), gear).prop_map(
        |(len, rates, oldest_age, in_flight, service_time, gear)| Snapshot {
            len,
            arrivals_per_s: rates.0,
            completions_per_s: rates.1,
            oldest_age,
            in_flight,
            service_time,
            failures: rates.2,
            gear,
        },
    )
}

#[test]
fn no_snapshot_at_any_time_makes_a_controller_panic_or_leave_its_gears() {
    let history = prop::collection::vec((any_snapshot(), any_time()), 1..200);
    let gears = prop_oneof![Just(1), Just(2), Just(8), Just(GEARS_MAX)];
    let outcome = seed::runner(150).run(&(gears, history), |(gears, history)| {
        for mut controller in all(gears) {
            let mut now = Duration::ZERO;
            for (snapshot, passed) in &history {
                now = now.saturating_add(*passed);
                let before = controller.gear();
                let shift = controller.shift(snapshot, now);
                prop_assert!(controller.gear() < controller.count());
                prop_assert_eq!(controller.count(), gears);
                let told = shift.map_or((before, before), |shift| (shift.from, shift.to));
                prop_assert_eq!(told, (before, controller.gear()));
                prop_assert!(shift.is_none_or(|shift| shift.from != shift.to));
                prop_assert!(shift.is_none_or(|shift| !shift.why.to_string().is_empty()));
            }
        }
        Ok(())
    });
    assert!(outcome.is_ok(), "{outcome:?}");
}

#[test]
fn after_whatever_it_saw_a_demand_comes_down_when_nothing_is_left() {
    let history = prop::collection::vec((any_snapshot(), 0..2000u64), 1..100);
    let outcome = seed::runner(200).run(&history, |history| {
        for mut controller in demands(8) {
            let mut now = Duration::ZERO;
            for (snapshot, passed_ms) in &history {
                now += Duration::from_millis(*passed_ms);
                controller.shift(snapshot, now);
            }
            let mut idle_ticks = 0;
            while controller.gear() > 0 && idle_ticks < 20_000 {
                idle_ticks += 1;
                now += Duration::from_millis(100);
                controller.shift(&Snapshot::default(), now);
            }
            prop_assert_eq!(controller.gear(), 0);
        }
        Ok(())
    });
    assert!(outcome.is_ok(), "{outcome:?}");
}
