//! `stop` lets every worker finish what it is at, and gives the rest back.

use std::time::Duration;

use super::work::{Fate, Item, item};
use super::{Plant, always};

#[test]
fn stop_finishes_what_is_begun_and_gives_back_what_is_not() {
    let plant = Plant::new(always(2, 3));
    (0..10).for_each(|number| plant.put(item(number).takes_ms(100)));
    plant.world.pass_ms(50);
    plant.pool.stop();
    let report = plant.world.result_within(Duration::from_millis(60), plant.pool.join());
    assert_eq!((report.stats.done, report.stats.busy), (2, 0));
    let mut given_back: Vec<_> = report.given_back.iter().map(|item| item.number).collect();
    given_back.sort_unstable();
    assert_eq!(given_back, [1, 2, 4, 5]);
    assert_eq!(plant.producer.len(), 4, "these were never taken");
    assert_eq!(plant.producer.stats().unfinished, 8);
}

#[test]
fn stop_gives_back_what_was_to_be_tried_again_and_what_waits_for_its_key() {
    let plant = Plant::new(always(2, 4).by_key(|item: &Item| item.key));
    plant.put(item(0).key(7).fates(&[Fate::RetryAfterMs(100_000)]));
    plant.put(item(1).key(7));
    plant.put(item(2).key(8));
    plant.world.pass_ms(10);
    plant.pool.stop();
    let report = plant.world.result_within(Duration::from_millis(10), plant.pool.join());
    let given_back: Vec<_> = report.given_back.iter().map(|item| item.number).collect();
    assert_eq!((report.stats.done, given_back), (1, vec![0, 1]));
}

#[test]
fn an_idle_pool_stops_at_once_and_stopping_twice_changes_nothing() {
    let plant = Plant::new(always(4, 1));
    plant.world.settle();
    plant.pool.stop();
    plant.pool.stop();
    let report = plant.world.result_within(Duration::ZERO, plant.pool.join());
    assert_eq!((report.stats.workers, report.given_back), (0, vec![]));
    assert_eq!(plant.world.tasks(), 0);
}

#[test]
fn a_worker_that_pauses_stops_at_once() {
    let gear = forebay::Gear { pause: Duration::from_secs(1000), ..forebay::Gear::ONE_BY_ONE };
    let plant = Plant::new(forebay::Pool::builder(forebay::Gears::default(), vec![gear; 2]));
    plant.put(item(0));
    plant.put(item(1));
    plant.world.settle();
    plant.pool.stop();
    let report = plant.world.result_within(Duration::ZERO, plant.pool.join());
    assert_eq!((report.stats.done, plant.producer.len()), (1, 1));
}
