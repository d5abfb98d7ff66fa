//! A panic in a handler is one failed attempt of one item.

use super::work::{Fate, item};
use super::{Plant, always, once};

#[test]
fn a_panic_costs_one_item_and_no_worker() {
    let plant = Plant::new(always(1, 8).retry(once()));
    (0..8).for_each(|number| {
        let fates: &[Fate] = if number == 3 { &[Fate::Panic] } else { &[] };
        plant.put(item(number).fates(fates));
    });
    plant.world.pass_ms(10);
    let stats = plant.pool.stats();
    assert_eq!((stats.done, stats.dead, stats.panicked, stats.workers), (7, 1, 1, 1));
    let dead = plant.dead.lock().unwrap().clone();
    assert_eq!(dead, [(3, "the handler panicked: it said so, too".to_owned())]);
}

#[test]
fn an_item_whose_handler_panicked_is_tried_again_as_any_that_failed() {
    let plant = Plant::new(always(2, 1));
    plant.put(item(0).takes_ms(5).fates(&[Fate::Panic, Fate::Panic]));
    plant.world.pass_ms(60_000);
    let stats = plant.pool.stats();
    assert_eq!((stats.done, stats.retried, stats.panicked), (1, 2, 2));
}

#[test]
fn on_dead_that_panics_costs_no_worker() {
    let world = super::World::default();
    let (producer, consumer) = forebay::Queue::unbounded().split();
    let pool = always(1, 1)
        .on_dead(|_, _| panic!("not now"))
        .each(consumer, world.clone(), super::Work::new(&world))
        .unwrap();
    producer.try_put(item(0).fates(&[Fate::Dead])).unwrap();
    producer.try_put(item(1)).unwrap();
    world.pass_ms(10);
    let stats = pool.stats();
    assert_eq!((stats.done, stats.dead, stats.panicked, stats.workers), (1, 1, 1, 1));
}
