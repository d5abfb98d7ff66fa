//! What protects the sink: it goes as far as that goes well, and no further.

use forebay::{Aimd, AimdConfig, Controller, Gradient, GradientConfig};

use super::plant::{FAIR, Plant, Weather};

const GEARS: usize = 32;

fn aimd() -> Aimd {
    Aimd::new(AimdConfig { gears: GEARS, ..Default::default() }).expect("it makes sense")
}

fn gradient() -> Gradient {
    Gradient::new(GradientConfig { gears: GEARS, ..Default::default() }).expect("it makes sense")
}

/// More than any number of workers does.
const BUSY: Weather = Weather { arrivals_per_s: 1000.0, ..FAIR };

fn finds_its_way_and_back(controller: impl Controller) {
    let mut plant = Plant::new(controller);
    let dies = |now_s| Weather {
        failures: if (30.0..330.0).contains(&now_s) { 1.0 } else { 0.0 },
        ..BUSY
    };
    plant.run(30.0, dies);
    assert_eq!(plant.controller.gear(), GEARS - 1);
    plant.run(30.0, dies);
    assert_eq!(plant.controller.gear(), 0);
    plant.run(270.0, dies);
    assert_eq!(plant.controller.gear(), 0);
    plant.run(4.0, dies);
    let soon = plant.controller.gear();
    assert!(soon >= GEARS / 4, "slow start is not slow: {soon} after 4 s");
    plant.run(20.0, dies);
    assert_eq!(plant.controller.gear(), GEARS - 1);
}

#[test]
fn a_ceiling_falls_with_a_dead_sink_and_comes_back_by_slow_start() {
    finds_its_way_and_back(aimd());
    finds_its_way_and_back(gradient());
}

fn learns_what_fails_without_load(controller: impl Controller) {
    let mut plant = Plant::new(controller);
    plant.run(120.0, |_| Weather { failures: 0.15, ..BUSY });
    assert_eq!(plant.controller.gear(), GEARS - 1);
}

#[test]
fn failures_that_have_nothing_to_do_with_the_load_do_not_hold_a_ceiling_down_for_ever() {
    learns_what_fails_without_load(aimd());
    learns_what_fails_without_load(gradient());
}

fn does_not_grow_unused(controller: impl Controller) {
    let mut plant = Plant::new(controller);
    plant.run(300.0, |now_s| Weather { arrivals_per_s: (now_s / 2.0).min(25.0), ..FAIR });
    // 2.5 workers have to do, and twice what is used is as far as evidence goes.
    assert!((2..=7).contains(&plant.controller.gear()), "{}", plant.controller.gear());
}

#[test]
fn a_ceiling_that_nobody_reaches_does_not_grow() {
    does_not_grow_unused(aimd());
    does_not_grow_unused(gradient());
}

#[test]
fn a_sink_that_hangs_is_not_taken_for_a_fast_one() {
    // Nothing ends, neither well nor badly.
    for mut plant in
        [Plant::new(Box::new(aimd()) as Box<dyn Controller>), Plant::new(Box::new(gradient()))]
    {
        plant.run(300.0, |_| Weather { service_s: 1e9, ..BUSY });
        assert_eq!(plant.controller.gear(), 0);
    }
}

#[test]
fn a_gradient_stays_about_where_more_load_only_makes_the_sink_slower() {
    let mut plant = Plant::new(gradient());
    plant.run(600.0, |_| Weather { workers_max: 8.0, ..BUSY });
    let late = &plant.gears[1000..];
    let (low, high) = (late.iter().min().unwrap(), late.iter().max().unwrap());
    // It takes 1.5 times as long with 12 workers, gear 11.
    assert!(*low >= 6 && *high <= 13, "{low} to {high}");
}

#[test]
fn a_gradient_gives_way_to_a_sink_ten_times_slower_and_measures_anew_at_the_floor() {
    let mut plant = Plant::new(gradient());
    let slow = |now_s| Weather {
        service_s: if (30.0..330.0).contains(&now_s) { 1.0 } else { 0.1 },
        ..BUSY
    };
    plant.run(70.0, slow);
    let lowest = *plant.gears[300..].iter().min().unwrap();
    assert_eq!(lowest, 0, "it takes its load off a sink that suffers");
    plant.run(260.0, slow);
    // The sink is not slow because of us, as was found out.
    assert_eq!(plant.controller.gear(), GEARS - 1);
    plant.run(60.0, slow);
    assert_eq!(plant.controller.gear(), GEARS - 1);
}

#[test]
fn an_aimd_ceiling_gives_way_when_things_take_too_long() {
    let mut plant = Plant::new(aimd());
    plant.run(30.0, |_| BUSY);
    assert_eq!(plant.controller.gear(), GEARS - 1);
    // It judges no sooner than something begun since can have ended: each 6 seconds.
    plant.run(300.0, |_| Weather { service_s: 6.0, ..BUSY });
    assert_eq!(plant.controller.gear(), 0);
}
