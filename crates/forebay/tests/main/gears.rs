//! Gears follow the length with two thresholds, report every shift and refuse thresholds that
//! would flutter.

use forebay::{Gears, GearsError, Shift, Step, Why};
use forebay_testkit::seed;
use proptest::prelude::*;

fn passed(threshold: usize) -> Why {
    Why::Length { threshold }
}

#[test]
fn the_default_is_the_systems_own_pair() {
    let mut gears = Gears::default();
    let gear = |gears: &mut Gears, len| {
        gears.observe(len);
        gears.gear()
    };
    let lens = [0, 3, 5, 6, 5, 1, 0, 5, 6];
    let speeds: Vec<_> = lens.map(|len| gear(&mut gears, len)).into();
    assert_eq!(speeds, [0, 0, 0, 1, 1, 1, 0, 0, 1]);
}

#[test]
fn a_shift_says_from_to_and_at_which_length() {
    let mut gears = Gears::default();
    assert_eq!(gears.observe(9), Some(Shift { from: 0, to: 1, len: 9, why: passed(5) }));
    assert_eq!(gears.observe(9), None);
    assert_eq!(gears.observe(0), Some(Shift { from: 1, to: 0, len: 0, why: passed(0) }));
}

#[test]
fn a_staircase_climbs_and_descends_as_many_steps_as_the_length_says() {
    let step = |engage_above, release_at| Step { engage_above, release_at };
    let mut gears = Gears::staircase([step(10, 0), step(100, 50), step(1000, 500)]).unwrap();
    assert_eq!(gears.count(), 4);
    assert_eq!(gears.observe(101), Some(Shift { from: 0, to: 2, len: 101, why: passed(100) }));
    assert_eq!(gears.observe(51), None);
    assert_eq!(gears.observe(2000), Some(Shift { from: 2, to: 3, len: 2000, why: passed(1000) }));
    assert_eq!(gears.observe(40), Some(Shift { from: 3, to: 1, len: 40, why: passed(50) }));
    assert_eq!(gears.observe(0), Some(Shift { from: 1, to: 0, len: 0, why: passed(0) }));
}

#[test]
fn thresholds_without_a_band_are_refused() {
    for (engage_above, release_at) in [(5, 5), (5, 6), (0, 0)] {
        let step = Step { engage_above, release_at };
        let refused = Gears::two(engage_above, release_at).unwrap_err();
        assert_eq!(refused, GearsError::NoBand { at: 0, step });
    }
    let refused = Gears::two(5, 7).unwrap_err().to_string();
    assert_eq!(refused, "release_at 7 of step 0 must be below its engage_above 5");
}

#[test]
fn a_staircase_that_is_empty_or_does_not_rise_is_refused() {
    let step = |engage_above, release_at| Step { engage_above, release_at };
    assert_eq!(Gears::staircase([]), Err(GearsError::NoSteps));
    let flat = Gears::staircase([step(10, 0), step(10, 5)]);
    assert_eq!(flat, Err(GearsError::NotRising { at: 1 }));
    let crossed = Gears::staircase([step(10, 5), step(20, 2)]);
    assert_eq!(crossed, Err(GearsError::NotRising { at: 1 }));
}

#[test]
fn one_observation_never_shifts_both_ways_and_a_second_never_shifts_again() {
    let steps = prop::collection::vec((1..50usize, 0..50usize), 1..5);
    let lens = prop::collection::vec(0..300usize, 0..100);
    let outcome = seed::runner(500).run(&(steps, lens), |(steps, lens)| {
        let mut engage_above = 0;
        let mut release_at = 0;
        let steps = steps.into_iter().map(|(up, band)| {
            engage_above += up;
            release_at = release_at.max(engage_above.saturating_sub(band + 1));
            Step { engage_above, release_at }
        });
        let mut gears = Gears::staircase(steps).expect("made to rise");
        for len in lens {
            let before = gears.gear();
            let shift = gears.observe(len);
            prop_assert_eq!(shift.is_some(), before != gears.gear());
            prop_assert_eq!(gears.observe(len), None);
            for (at, step) in gears.steps().iter().enumerate() {
                prop_assert!(len <= step.engage_above || gears.gear() > at);
                prop_assert!(len > step.release_at || gears.gear() <= at);
            }
        }
        Ok(())
    });
    assert!(outcome.is_ok(), "{outcome:?}");
}
