//! Demand under a ceiling: fast when it has to be, gentle when the sink suffers, and calm.

use forebay::{
    Aimd, AimdConfig, Combined, CombinedConfig, Controller, Gears, Gradient, GradientConfig,
    Proportional, ProportionalConfig, QueueDelay, QueueDelayConfig, Step, Why,
};

use super::plant::{FAIR, Plant, Weather};

const GEARS: usize = 16;

fn proportional() -> Proportional {
    Proportional::new(ProportionalConfig { gears: GEARS, ..Default::default() })
        .expect("it makes sense")
}

fn gradient() -> Gradient {
    Gradient::new(GradientConfig { gears: GEARS, ..Default::default() }).expect("it makes sense")
}

fn combined() -> Combined<Proportional, Gradient> {
    Combined::new(proportional(), gradient(), CombinedConfig::default()).expect("it makes sense")
}

#[test]
fn a_step_is_followed_up_as_fast_as_the_sink_lets_and_down_after_the_window() {
    let mut plant = Plant::new(combined());
    let step = |now_s| Weather {
        arrivals_per_s: if (20.0..60.0).contains(&now_s) { 80.0 } else { 5.0 },
        ..FAIR
    };
    plant.run(40.0, step);
    assert!(plant.first_shift_up_since(20.0).unwrap() < 21.0);
    assert!(plant.controller.gear() >= 7, "{}", plant.controller.gear());
    plant.run(20.0, step);
    assert!(plant.waiting < 20.0, "{}", plant.waiting);
    plant.run(40.0, step);
    assert_eq!(plant.controller.gear(), 0);
    let down_s = plant.shifts.iter().find(|(at_s, _)| *at_s > 60.0).unwrap().0;
    assert!(down_s >= 65.0, "{down_s}");
}

#[test]
fn the_gear_never_exceeds_demand_or_ceiling() {
    let mut plant = Plant::new(combined());
    for second in 0..300 {
        let wild = Weather {
            arrivals_per_s: [5.0, 200.0, 20.0][second / 10 % 3],
            service_s: [0.1, 0.1, 0.3, 1.0][second / 25 % 4],
            failures: [0.0, 0.0, 0.4][second / 40 % 3],
            ..FAIR
        };
        plant.run(1.0, |_| wild);
        assert!(plant.controller.gear() <= plant.controller.ceiling().gear());
    }
    assert!(plant.shifts.len() > 10, "nothing happened: {:?}", plant.shifts);
}

#[test]
fn a_dead_sink_is_left_in_peace_and_is_soon_at_work_again() {
    let mut plant = Plant::new(combined());
    let dies = |now_s| Weather {
        arrivals_per_s: 40.0,
        failures: if (60.0..360.0).contains(&now_s) { 1.0 } else { 0.0 },
        ..FAIR
    };
    plant.run(60.0, dies);
    plant.run(300.0, dies);
    assert_eq!(plant.controller.gear(), 0, "although {} wait", plant.waiting);
    let up = plant.shifts.iter().filter(|(at_s, shift)| *at_s > 61.0 && shift.is_up()).count();
    assert_eq!(up, 0, "{:?}", plant.shifts);
    plant.run(15.0, dies);
    assert_eq!(plant.controller.gear(), GEARS - 1, "12,000 wait");
    plant.run(240.0, dies);
    assert!(plant.waiting < 1.0, "{}", plant.waiting);
}

#[test]
fn a_sink_that_flaps_does_not_make_it_flutter() {
    let mut plant = Plant::new(combined());
    plant.run(600.0, |now_s| Weather {
        arrivals_per_s: 20.0,
        failures: if now_s.fract() < 0.5 { 1.0 } else { 0.0 },
        ..FAIR
    });
    let per_minute = plant.shifts_since(60.0) as f64 / 9.0;
    assert!(per_minute < 6.0, "{per_minute} shifts a minute");
}

#[test]
fn a_sink_that_does_no_more_with_more_workers_gets_about_as_many_as_it_can_use() {
    let mut plant = Plant::new(combined());
    plant.run(600.0, |_| Weather { arrivals_per_s: 1000.0, workers_max: 4.0, ..FAIR });
    let late = &plant.gears[1000..];
    let (low, high) = (late.iter().min().unwrap(), late.iter().max().unwrap());
    assert!(*low >= 2 && *high <= 7, "{low} to {high}");
    let demand = plant.controller.demand().gear();
    assert_eq!(demand, GEARS - 1, "the backlog alone would take all there are");
}

#[test]
fn while_too_much_fails_it_changes_up_only_to_try() {
    let steps = (1..GEARS).map(|n| Step { engage_above: 10 * n, release_at: 10 * n - 5 });
    let demand = Gears::staircase(steps).unwrap();
    let lenient = AimdConfig { gears: GEARS, failures_max: 0.9, ..Default::default() };
    let ceiling = Aimd::new(lenient).unwrap();
    let controller = Combined::new(demand, ceiling, CombinedConfig::default()).unwrap();
    let mut plant = Plant::new(controller);
    plant.run(65.0, |_| Weather { arrivals_per_s: 100.0, failures: 0.5, ..FAIR });
    let whys: Vec<_> = plant.shifts.iter().map(|(_, shift)| shift.why).collect();
    assert!(!whys.is_empty() && whys.iter().all(|why| *why == Why::Probe), "{whys:?}");
    // One each 10 seconds, the first when there was a demand for as long.
    assert!((5..=7).contains(&whys.len()), "{whys:?}");
    assert!(plant.shifts.iter().all(|(_, shift)| shift.to == shift.from + 1));
}

#[test]
fn delay_under_aimd_drains_a_spike_too() {
    let demand = QueueDelay::new(QueueDelayConfig { gears: GEARS, ..Default::default() }).unwrap();
    let ceiling = Aimd::new(AimdConfig { gears: GEARS, ..Default::default() }).unwrap();
    let controller = Combined::new(demand, ceiling, CombinedConfig::default()).unwrap();
    let mut plant = Plant::new(controller);
    plant.waiting = 1000.0;
    plant.run(120.0, |_| Weather { arrivals_per_s: 30.0, ..FAIR });
    assert!(plant.waiting < 5.0, "{}", plant.waiting);
}
