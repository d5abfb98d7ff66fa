//! A pool follows its controller: more workers when the backlog is high, fewer when it is gone,
//! and never one that is busy.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use forebay::{Gear, Gears, Pool, Queue, Why};

use super::work::{Work, item};
use super::world::World;
use super::{Plant, always, two_gears};

#[test]
fn a_busy_worker_is_not_ended_when_the_gear_falls() {
    let plant = Plant::new(two_gears());
    (0..4).for_each(|number| plant.put(item(number).takes_ms(10_000)));
    plant.world.pass_ms(50);
    let high = plant.pool.stats();
    assert_eq!((high.gear, high.workers, high.busy), (1, 4, 4));
    plant.world.pass_ms(1000);
    let low = plant.pool.stats();
    assert_eq!((low.gear, low.workers, low.busy), (0, 4, 4), "nothing waits, all are busy");
    plant.world.pass_ms(10_000);
    let end = plant.pool.stats();
    assert_eq!((end.done, end.workers, end.busy), (4, 1, 0));
}

#[test]
fn idle_workers_that_are_too_many_leave() {
    let plant = Plant::new(two_gears());
    (0..40).for_each(|number| plant.put(item(number).takes_ms(10)));
    plant.world.pass_ms(50);
    assert_eq!(plant.pool.stats().workers, 4);
    plant.world.pass_ms(1000);
    let stats = plant.pool.stats();
    assert_eq!((stats.done, stats.gear, stats.workers), (40, 0, 1));
    plant.put(item(40));
    plant.world.settle();
    assert_eq!(plant.pool.stats().done, 41, "one is left, and at work");
}

#[test]
fn each_shift_is_told() {
    let shifts = Arc::new(Mutex::new(Vec::new()));
    let told = Arc::clone(&shifts);
    let plant = Plant::new(two_gears().on_shift(move |shift| told.lock().unwrap().push(*shift)));
    (0..9).for_each(|number| plant.put(item(number).takes_ms(10)));
    plant.world.pass_ms(1000);
    let shifts = shifts.lock().unwrap();
    let seen: Vec<_> = shifts.iter().map(|shift| (shift.from, shift.to, shift.why)).collect();
    let passed = |threshold| Why::Length { threshold };
    assert_eq!(seen, [(0, 1, passed(2)), (1, 0, passed(0))]);
}

#[test]
fn a_callback_that_panics_costs_no_worker_and_no_tick() {
    let plant = Plant::new(two_gears().on_shift(|_| panic!("it does not like that")));
    (0..9).for_each(|number| plant.put(item(number).takes_ms(10)));
    plant.world.pass_ms(1000);
    let stats = plant.pool.stats();
    assert_eq!((stats.done, stats.panicked, stats.gear), (9, 2, 0));
}

#[test]
fn a_gear_with_a_pause_takes_its_time_and_a_faster_one_ends_the_pause() {
    let pause = Duration::from_secs(100);
    let table = vec![Gear { pause, ..Gear::ONE_BY_ONE }, Gear::ONE_BY_ONE];
    let plant = Plant::new(Pool::builder(Gears::two(2, 0).unwrap(), table));
    plant.put(item(0));
    plant.put(item(1));
    plant.world.pass_ms(99_000);
    assert_eq!(plant.pool.stats().done, 1);
    plant.world.pass_ms(2_000);
    assert_eq!(plant.pool.stats().done, 2);
    (2..9).for_each(|number| plant.put(item(number)));
    plant.world.pass_ms(200);
    assert_eq!(plant.pool.stats().done, 9);
}

#[test]
fn no_worker_takes_more_than_its_share() {
    let plant = Plant::new(always(4, 100));
    (0..8).for_each(|number| plant.put(item(number).takes_ms(10)));
    plant.world.pass_ms(20);
    assert_eq!(plant.pool.stats().done, 8, "four workers, two each, 10 ms an item");
}

#[test]
fn a_batch_is_what_waits_up_to_what_the_gear_allows() {
    let world = World::default();
    let (producer, consumer) = Queue::unbounded().split();
    let sizes = Arc::new(Mutex::new(Vec::new()));
    let handler = Sizes(Arc::clone(&sizes));
    let table = vec![Gear { pause: Duration::ZERO, batch: 10, workers: 1 }; 2];
    let pool =
        Pool::builder(Gears::default(), table).batches(consumer, world.clone(), handler).unwrap();
    (0..25).for_each(|number| producer.try_put(number).unwrap());
    world.settle();
    assert_eq!(*sizes.lock().unwrap(), [10, 10, 5]);
    assert_eq!(pool.stats().done, 25);
}

struct Sizes(Arc<Mutex<Vec<usize>>>);

impl forebay::BatchHandler<u32> for Sizes {
    async fn handle(&self, items: &mut [u32]) -> forebay::Outcomes {
        self.0.lock().expect("nobody panics with it").push(items.len());
        forebay::Outcomes::All(forebay::Outcome::Done)
    }
}

#[test]
fn the_items_of_a_batch_may_end_differently() {
    let world = World::default();
    let (producer, consumer) = Queue::unbounded().split();
    let dead = Arc::new(Mutex::new(Vec::new()));
    let buried = Arc::clone(&dead);
    let table = vec![Gear { pause: Duration::ZERO, batch: 10, workers: 1 }; 2];
    let pool = Pool::builder(Gears::default(), table)
        .on_dead(move |number: u32, reason: &str| {
            buried.lock().unwrap().push((number, reason.to_owned()));
        })
        .batches(consumer, world.clone(), Picky)
        .unwrap();
    (0..6).for_each(|number| producer.try_put(number).unwrap());
    world.pass_ms(60_000);
    let stats = pool.stats();
    assert_eq!((stats.done, stats.dead, stats.retried), (4, 2, 1));
    assert_eq!(*dead.lock().unwrap(), [(1, "one".to_owned()), (1000, "too often".to_owned())]);
}

/// Refuses 1; tries 5 again, and then refuses it.
struct Picky;

impl forebay::BatchHandler<u32> for Picky {
    async fn handle(&self, items: &mut [u32]) -> forebay::Outcomes {
        use forebay::Outcome;
        let outcomes = items.iter_mut().map(|number| match number {
            1 => Outcome::Dead("one".to_owned()),
            5 => {
                *number = 1000;
                Outcome::Retry
            }
            1000 => Outcome::Dead("too often".to_owned()),
            _ => Outcome::Done,
        });
        forebay::Outcomes::Each(outcomes.collect())
    }
}

#[test]
fn the_first_of_a_spike_is_taken_by_who_is_there() {
    let plant = Plant::new(two_gears());
    plant.put(item(0));
    plant.world.settle();
    assert_eq!(plant.work.begun(), [0]);
    let idle: &Work = &plant.work;
    assert_eq!(idle.entries().len(), 2);
}
