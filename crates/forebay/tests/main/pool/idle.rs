//! An idle pool costs nothing: no timer is armed, nobody is woken.

use forebay::{Combined, CombinedConfig, Gradient, Pool, Proportional};

use super::work::{Fate, item};
use super::{Plant, always, gear, two_gears};

#[test]
fn a_pool_that_never_did_anything_has_no_timer() {
    let plant = Plant::new(always(4, 8));
    plant.world.pass_ms(1000);
    assert_eq!((plant.world.timers(), plant.world.tasks()), (0, 4), "workers, and nothing else");
}

#[test]
fn after_a_spike_the_timer_goes_as_soon_as_the_gear_is_down() {
    let plant = Plant::new(two_gears());
    for _ in 0..3 {
        (0..40).for_each(|number| plant.put(item(number).takes_ms(10)));
        plant.world.pass_ms(50);
        assert!(plant.world.timers() > 0);
        plant.world.pass_ms(1000);
        let stats = plant.pool.stats();
        assert_eq!((stats.gear, stats.workers, plant.world.timers()), (0, 1, 0));
        assert_eq!(plant.world.tasks(), 1);
    }
}

#[test]
fn a_controller_with_a_window_comes_down_while_nothing_is_to_do() {
    let demand = Proportional::new(Default::default()).unwrap();
    let ceiling = Gradient::new(Default::default()).unwrap();
    let controller = Combined::new(demand, ceiling, CombinedConfig::default()).unwrap();
    let table = (1..=8).map(|workers| gear(workers, 1)).collect();
    let plant = Plant::new(Pool::builder(controller, table));
    (0..400).for_each(|number| plant.put(item(number).takes_ms(50)));
    plant.world.pass_ms(4000);
    assert!(plant.pool.stats().gear >= 3, "{:?}", plant.pool.stats());
    plant.world.pass_ms(60_000);
    let stats = plant.pool.stats();
    assert_eq!((stats.done, stats.gear, plant.world.timers()), (400, 0, 0));
}

#[test]
fn a_controller_that_never_comes_down_is_not_asked_for_ever() {
    let ceiling = Gradient::new(Default::default()).unwrap();
    let table = (1..=8).map(|workers| gear(workers, 1)).collect();
    let plant = Plant::new(Pool::builder(ceiling, table));
    (0..400).for_each(|number| plant.put(item(number).takes_ms(50)));
    plant.world.pass_ms(60_000);
    let stats = plant.pool.stats();
    assert_eq!((stats.done, stats.gear, plant.world.timers()), (400, 7, 0));
}

#[test]
fn what_waits_for_its_next_attempt_has_one_timer() {
    let plant = Plant::new(always(2, 8));
    (0..8).for_each(|number| {
        plant.put(item(number).fates(&[Fate::RetryAfterMs(1_000_000 + number)]));
    });
    plant.world.pass_ms(1000);
    assert_eq!(plant.world.timers(), 1);
}
