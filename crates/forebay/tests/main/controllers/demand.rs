//! What wants to go faster: in good time when the load rises, back when it is over, and not to
//! and fro.

use std::time::Duration;

use forebay::{
    Controller, Proportional, ProportionalConfig, QueueDelay, QueueDelayConfig, Snapshot, Why,
};

use super::plant::{FAIR, Plant, Weather};

fn proportional() -> Proportional {
    Proportional::new(ProportionalConfig::default()).expect("it makes sense")
}

fn delay() -> QueueDelay {
    QueueDelay::new(QueueDelayConfig::default()).expect("it makes sense")
}

/// 5 a second, from second 20 to second 60 ten times as many.
fn step(now_s: f64) -> Weather {
    let arrivals_per_s = if (20.0..60.0).contains(&now_s) { 50.0 } else { 5.0 };
    Weather { arrivals_per_s, ..FAIR }
}

#[test]
fn a_proportional_controller_follows_a_step_of_the_load_up_and_down() {
    let mut plant = Plant::new(proportional());
    plant.run(20.0, step);
    assert_eq!(plant.shifts.len(), 0);
    plant.run(40.0, step);
    let up_s = plant.first_shift_up_since(20.0).expect("one worker does 10 a second");
    assert!(up_s < 21.0, "{up_s}");
    // Five workers would only just do: the sixth is what keeps the queue short.
    assert!((4..=6).contains(&plant.controller.gear()), "{}", plant.controller.gear());
    assert!(plant.waiting < 20.0, "{}", plant.waiting);
    plant.run(30.0, step);
    assert_eq!(plant.controller.gear(), 0);
    let down_s = plant.shifts.iter().find(|(at_s, _)| *at_s > 60.0).expect("it is down").0;
    assert!(down_s >= 64.9, "{down_s}");
    assert!(plant.shifts.len() < 15, "{:?}", plant.shifts);
}

#[test]
fn a_proportional_controller_wants_what_drains_the_backlog_in_time() {
    let mut controller = proportional();
    let service_time = Duration::from_millis(50);
    let backlog = Snapshot { len: 200, service_time, ..Default::default() };
    let shift = controller.shift(&backlog, Duration::ZERO).unwrap();
    // 200 items in 2 s at 50 ms each.
    assert_eq!((shift.from, shift.to, shift.why), (0, 4, Why::Demand { wanted: 4 }));
}

#[test]
fn a_load_within_the_tolerance_changes_nothing() {
    let service_time = Duration::from_millis(100);
    let load = |arrivals_per_s| Snapshot { arrivals_per_s, service_time, ..Default::default() };
    for (per_s, gear) in [(10.0, 0), (10.9, 0), (11.2, 1), (0.0, 0)] {
        let mut controller = proportional();
        controller.shift(&load(per_s), Duration::ZERO);
        assert_eq!(controller.gear(), gear, "{per_s} a second");
    }
}

#[test]
fn it_measures_what_a_gear_does_where_the_service_time_does_not_say() {
    // Pauses between the items: a gear does 2 a second, although an item takes 1 ms.
    let seen = Snapshot {
        len: 10,
        arrivals_per_s: 1.0,
        completions_per_s: 2.0,
        service_time: Duration::from_millis(1),
        ..Default::default()
    };
    let mut controller = proportional();
    for second in 0..3 {
        assert_eq!(controller.shift(&seen, Duration::from_secs(second)), None);
    }
    for second in 3..8 {
        controller.shift(&seen, Duration::from_secs(second));
    }
    // (1/s + 10/2s) / 2/s = 3 gears.
    assert_eq!(controller.gear(), 2);
}

#[test]
fn a_sink_that_was_dead_does_not_make_it_forget_what_a_gear_can_do() {
    let mut plant = Plant::new(proportional());
    let dead = |now_s| Weather {
        arrivals_per_s: 20.0,
        failures: if (20.0..80.0).contains(&now_s) { 1.0 } else { 0.0 },
        ..FAIR
    };
    plant.run(180.0, dead);
    assert_eq!(plant.waiting as usize, 0);
    assert!((1..=2).contains(&plant.controller.gear()), "{}", plant.controller.gear());
}

#[test]
fn a_queue_that_stands_changes_up_and_a_burst_does_not() {
    let mut burst = Plant::new(delay());
    // 2 items at once each second: they wait, but never all the time.
    burst.run(30.0, |now_s| Weather {
        arrivals_per_s: if now_s.fract() < 0.05 { 20.0 } else { 0.0 },
        ..FAIR
    });
    assert_eq!(burst.shifts.len(), 0, "{:?}", burst.shifts);

    let mut plant = Plant::new(delay());
    plant.run(20.0, step);
    assert_eq!(plant.shifts.len(), 0);
    plant.run(40.0, step);
    let up_s = plant.first_shift_up_since(20.0).expect("the queue stands");
    assert!(up_s < 21.5, "{up_s}");
    assert!(plant.waiting < 10.0, "{}", plant.waiting);
    plant.run(60.0, step);
    assert_eq!(plant.controller.gear(), 0);
}

#[test]
fn a_load_between_two_gears_makes_no_delay_controller_flutter() {
    let mut plant = Plant::new(delay());
    // One worker does 10 a second, two do 20.
    plant.run(1800.0, |_| Weather { arrivals_per_s: 14.0, ..FAIR });
    let (early, late) = (plant.shifts.len() - plant.shifts_since(900.0), plant.shifts_since(900.0));
    assert!(early < 40, "{early} in the first quarter of an hour");
    // It tries once in 64 times 5 s, and each try takes a few shifts.
    assert!(late <= 18, "{late} in the second");
}

#[test]
fn a_load_that_flaps_makes_no_proportional_controller_flutter() {
    let mut plant = Plant::new(proportional());
    plant.run(300.0, |now_s| Weather {
        arrivals_per_s: if (now_s / 2.0).fract() < 0.5 { 40.0 } else { 5.0 },
        ..FAIR
    });
    assert!(plant.shifts_since(20.0) == 0, "{:?}", plant.shifts);
}
