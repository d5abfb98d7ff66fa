//! `join` ends when there is nobody left, however that came.

use std::future::Future;
use std::time::Duration;

use forebay_testkit::flag::Flag;

use super::work::{Fate, Item, item};
use super::{Plant, always, two_gears};

const SOON: Duration = Duration::from_millis(10);

#[test]
fn draining_finishes_everything_retries_included_and_then_join_ends() {
    for workers in [1, 3] {
        let plant = Plant::new(always(workers, 2));
        plant.put(item(0).fates(&[Fate::RetryAfterMs(1000)]));
        (1..10).for_each(|number| plant.put(item(number).takes_ms(10)));
        plant.world.settle();
        plant.pool.drain();
        assert!(plant.producer.try_put(item(99)).is_err());
        let report = plant.world.result_within(Duration::from_secs(2), plant.pool.join());
        assert_eq!((report.stats.done, report.stats.workers), (10, 0));
        assert_eq!(report.given_back, []);
        assert_eq!((plant.world.tasks(), plant.world.timers()), (0, 0));
    }
}

#[test]
fn join_ends_when_the_last_producer_is_gone() {
    let plant = Plant::new(two_gears());
    (0..10).for_each(|number| plant.put(item(number).takes_ms(1)));
    drop(plant.producer);
    let report = plant.world.result_within(Duration::from_secs(1), plant.pool.join());
    assert_eq!(report.stats.done, 10);
}

#[test]
fn join_ends_when_every_worker_is_dead() {
    let plant = Plant::new(always(3, 4));
    (0..30).for_each(|number| plant.put(item(number).takes_ms(1000)));
    plant.world.pass_ms(10);
    plant.world.end();
    let report = plant.world.result_within(SOON, plant.pool.join());
    assert_eq!((report.stats.workers, report.stats.busy, report.stats.done), (0, 0, 0));
    // What the dead had in hand comes back, what they had not is where it was.
    assert_eq!(report.given_back.len() + plant.producer.len(), 30);
    assert!(!report.given_back.is_empty());
}

#[test]
fn a_join_that_waits_is_woken_by_the_end_of_the_last_worker() {
    let plant = Plant::new(always(2, 1));
    plant.put(item(0).takes_ms(1000));
    plant.world.settle();
    let (flag, waker) = Flag::new();
    let mut join = std::pin::pin!(plant.pool.join());
    let mut cx = std::task::Context::from_waker(&waker);
    assert!(join.as_mut().poll(&mut cx).is_pending());
    plant.world.end();
    assert!(flag.is_raised());
    assert!(join.as_mut().poll(&mut cx).is_ready());
}

#[test]
fn a_key_that_panics_kills_one_worker_and_the_others_go_on() {
    let plant = Plant::new(always(2, 1).by_key(|item: &Item| {
        assert!(item.number != 0, "no key for this one");
        item.key
    }));
    plant.put(item(0));
    (1..5).for_each(|number| plant.put(item(number).takes_ms(10)));
    plant.world.pass_ms(1000);
    assert_eq!((plant.pool.stats().done, plant.pool.stats().workers), (4, 2), "it was replaced");
    plant.pool.drain();
    let report = plant.world.result_within(SOON, plant.pool.join());
    assert_eq!(report.given_back.iter().map(|item| item.number).collect::<Vec<_>>(), [0]);
}

#[test]
fn what_is_finished_is_finished_for_the_join_of_the_queue_too() {
    let plant = Plant::new(always(2, 4));
    plant.put(item(0).fates(&[Fate::Dead]));
    plant.put(item(1).fates(&[Fate::RetryAfterMs(100)]));
    (2..9).for_each(|number| plant.put(item(number)));
    plant.world.pass_ms(50);
    assert_eq!(plant.producer.stats().unfinished, 1);
    plant.world.result_within(Duration::from_secs(1), plant.producer.join());
}
