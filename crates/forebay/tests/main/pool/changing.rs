//! A pool takes other gears while it works, and loses nothing by it.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use forebay::{Gear, Gears, Pool, Why};

use super::work::item;
use super::{Plant, always, gear, told, two_gears};

#[test]
fn more_workers_come_at_once_and_fewer_when_they_have_ended_what_they_do() {
    let plant = Plant::new(always(1, 1));
    (0..8).for_each(|number| plant.put(item(number).takes_ms(1000)));
    plant.world.pass_ms(10);
    assert_eq!(plant.pool.stats().busy, 1);
    plant.pool.change(Gears::default(), vec![gear(4, 1); 2]).unwrap();
    plant.world.settle();
    assert_eq!(plant.pool.stats().busy, 4);
    plant.pool.change(Gears::default(), vec![gear(1, 1); 2]).unwrap();
    plant.world.settle();
    assert_eq!(plant.pool.stats().busy, 4, "what was begun goes on");
    plant.world.pass_ms(1100);
    assert_eq!((plant.pool.stats().done, plant.pool.stats().busy), (4, 1));
    plant.world.pass_ms(60_000);
    assert_eq!((plant.pool.stats().done, plant.pool.stats().workers), (8, 1));
}

#[test]
fn a_shorter_pause_ends_a_longer_one_that_is_under_way() {
    let pause = Duration::from_secs(3600);
    let plant = Plant::new(Pool::builder(
        Gears::two(100, 0).unwrap(),
        vec![Gear { pause, ..Gear::ONE_BY_ONE }; 2],
    ));
    (0..3).for_each(|number| plant.put(item(number)));
    plant.world.pass_ms(5000);
    assert_eq!(plant.pool.stats().done, 1);
    plant.pool.change(Gears::two(100, 0).unwrap(), vec![Gear::ONE_BY_ONE; 2]).unwrap();
    plant.world.settle();
    assert_eq!(plant.pool.stats().done, 3);
}

#[test]
fn the_gear_is_that_of_the_new_controller_and_the_change_of_it_is_told() {
    let shifts = Arc::new(Mutex::new(Vec::new()));
    let told = Arc::clone(&shifts);
    let plant = Plant::new(two_gears().on_shift(move |shift| told.lock().unwrap().push(*shift)));
    let mut fast = Gears::two(2, 0).unwrap();
    fast.observe(3);
    plant.pool.change(fast, vec![gear(1, 1), gear(4, 1)]).unwrap();
    assert_eq!((plant.pool.stats().gear, plant.pool.stats().workers), (1, 4));
    // Nothing waits: it is left again, although nobody puts anything.
    plant.world.pass_ms(1000);
    assert_eq!((plant.pool.stats().gear, plant.pool.stats().workers), (0, 1));
    let shifts = shifts.lock().unwrap();
    let seen: Vec<_> = shifts.iter().map(|shift| (shift.from, shift.to, shift.why)).collect();
    assert_eq!(seen, [(0, 1, Why::Changed), (1, 0, Why::Length { threshold: 0 })]);
}

#[test]
fn gears_that_make_no_sense_change_nothing() {
    let plant = Plant::new(always(1, 1));
    let refused = plant.pool.change(Gears::default(), vec![gear(1, 1)]);
    assert_eq!(
        told(refused),
        "gears of the table is 1 and must be as many as the controller has, 2"
    );
    let refused = plant.pool.change(Gears::default(), vec![gear(0, 1); 2]);
    assert_eq!(told(refused), "workers is 0 and must be 1 to 1024");
    plant.put(item(0));
    plant.world.settle();
    assert_eq!((plant.pool.stats().done, plant.pool.stats().workers), (1, 1));
}

#[test]
fn a_pool_that_is_done_stays_done() {
    let plant = Plant::new(always(1, 1));
    plant.pool.drain();
    plant.world.settle();
    plant.pool.change(Gears::default(), vec![gear(4, 1); 2]).unwrap();
    plant.world.pass_ms(1000);
    assert_eq!((plant.pool.stats().workers, plant.world.timers()), (0, 0));
}
