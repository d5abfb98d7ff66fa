//! With keys: never two items of one key at once, and each key in the order of the queue,
//! whatever fails on the way.

use std::collections::{HashMap, HashSet};

use super::work::{Entry, Fate, Item, item};
use super::{Plant, always, once};

/// Panics when two items of a key overlap. Answers the order in which each key's items ended,
/// once each.
fn order_by_key(entries: &[Entry]) -> HashMap<u64, Vec<u64>> {
    let mut under_way = HashSet::new();
    let mut order: HashMap<u64, Vec<u64>> = HashMap::new();
    for entry in entries {
        match *entry {
            Entry::Begun { number, key, at_ms } => {
                assert!(under_way.insert(key), "{number} of key {key} at {at_ms} ms");
                let begun = order.entry(key).or_default();
                if begun.last() != Some(&number) {
                    begun.push(number);
                }
            }
            Entry::Ended { key, .. } => assert!(under_way.remove(&key)),
        }
    }
    order
}

fn by_key(workers: usize) -> Plant {
    Plant::new(always(workers, 8).by_key(|item: &Item| item.key))
}

#[test]
fn two_items_of_one_key_are_never_at_work_at_once() {
    let plant = by_key(4);
    (0..100).for_each(|number| plant.put(item(number).key(number % 3).takes_ms(10)));
    plant.world.pass_ms(20);
    assert_eq!(plant.pool.stats().busy, 3, "three keys keep three workers busy");
    plant.world.pass_ms(1000);
    let order = order_by_key(&plant.work.entries());
    for key in 0..3 {
        let expected: Vec<_> = (0..100).filter(|number| number % 3 == key).collect();
        assert_eq!(order[&key], expected);
    }
    assert_eq!(plant.pool.stats().done, 100);
}

#[test]
fn the_order_of_a_key_holds_while_an_item_of_it_waits_to_be_tried_again() {
    let plant = by_key(4);
    plant.put(item(0).key(7).fates(&[Fate::RetryAfterMs(1000), Fate::RetryAfterMs(1000)]));
    (1..5).for_each(|number| plant.put(item(number).key(7)));
    (11..15).for_each(|number| plant.put(item(number)));
    plant.world.pass_ms(1999);
    assert_eq!(plant.pool.stats().done, 4, "the others do not wait for it");
    assert_eq!(plant.pool.stats().held, 5);
    plant.world.pass_ms(10);
    assert_eq!(plant.pool.stats().done, 9);
    assert_eq!(order_by_key(&plant.work.entries())[&7], [0, 1, 2, 3, 4]);
}

#[test]
fn a_key_goes_on_after_an_item_that_is_dead_or_panics() {
    let plant = Plant::new(always(2, 4).retry(once()).by_key(|item: &Item| item.key));
    plant.put(item(0).key(7).fates(&[Fate::Dead]));
    plant.put(item(1).key(7).fates(&[Fate::Panic]));
    plant.put(item(2).key(7));
    plant.world.pass_ms(10);
    assert_eq!((plant.dead(), plant.pool.stats().done), (vec![0, 1], 1));
}

#[test]
fn a_key_that_is_behind_holds_up_no_other_until_thousands_wait_for_it() {
    let plant = by_key(2);
    plant.put(item(0).key(7).takes_ms(1000));
    (1..4000).for_each(|number| plant.put(item(number).key(7)));
    plant.put(item(4000).key(8));
    plant.world.pass_ms(10);
    assert_eq!(plant.pool.stats().done, 1);
    plant.world.pass_ms(2000);
    assert_eq!(plant.pool.stats().done, 4001);
}

#[test]
fn the_queue_is_not_emptied_into_a_key_that_is_stuck() {
    let plant = by_key(2);
    plant.put(item(0).key(7).takes_ms(1000));
    (1..20_000).for_each(|number| plant.put(item(number).key(7)));
    plant.world.pass_ms(500);
    assert!(plant.pool.stats().held < 5000, "{}", plant.pool.stats().held);
    plant.world.pass_ms(60_000);
    assert_eq!(plant.pool.stats().done, 20_000);
}
