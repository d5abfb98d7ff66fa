//! Whatever is put, whatever becomes of it and whoever runs when: every item is in one place.

use std::time::Duration;

use forebay::RetryConfig;
use forebay_testkit::seed;
use proptest::prelude::*;

use super::work::{Entry, Fate, Item, item};
use super::world::World;
use super::{Plant, gear};

#[derive(Debug, Clone)]
enum Step {
    Put(Item),
    PassMs(u64),
}

#[derive(Debug, Clone, Copy)]
enum End {
    Drain,
    Stop,
    Kill,
}

fn any_item() -> impl Strategy<Value = Item> {
    let fate = prop_oneof![
        Just(Fate::Retry),
        (0..200u64).prop_map(Fate::RetryAfterMs),
        Just(Fate::Dead),
        Just(Fate::Panic),
    ];
    let fates = prop_oneof![2 => Just(Vec::new()), 1 => prop::collection::vec(fate, 1..4)];
    (0..4u64, prop_oneof![Just(0), 1..50u64], fates)
        .prop_map(|(key, takes_ms, fates)| item(0).key(key).takes_ms(takes_ms).fates(&fates))
}

fn any_steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        4 => any_item().prop_map(Step::Put),
        1 => (0..300u64).prop_map(Step::PassMs),
    ];
    prop::collection::vec(step, 0..80)
}

fn plant_with(seed: u64, has_keys: bool) -> Plant {
    let table = vec![gear(1, 1), gear(2, 4), gear(5, 8)];
    let step = |engage_above, release_at| forebay::Step { engage_above, release_at };
    let gears = forebay::Gears::staircase([step(3, 0), step(10, 4)]).expect("it makes sense");
    let retry = RetryConfig { attempts_max: 3, seed, ..RetryConfig::default() };
    let builder = forebay::Pool::builder(gears, table).retry(retry);
    let builder = if has_keys { builder.by_key(|item: &Item| item.key) } else { builder };
    Plant::in_world(World::with_chance(seed), builder)
}

/// What becomes of an item that is not stopped: whether it is dead in the end.
fn is_dead_in_the_end(item: &Item) -> bool {
    let last = item.fates.iter().position(|fate| *fate == Fate::Dead);
    item.fates.len() >= 3 || last.is_some()
}

#[test]
fn every_item_is_done_or_dead_or_given_back_or_waits() {
    let end = prop::sample::select(vec![End::Drain, End::Stop, End::Kill]);
    let cases = (any_steps(), any::<u64>(), any::<bool>(), end);
    let outcome = seed::runner(1000).run(&cases, |(steps, seed, has_keys, end)| {
        let plant = plant_with(seed, has_keys);
        let (mut put, mut dead_in_the_end) = (0, 0);
        for step in steps {
            match step {
                Step::Put(item) => {
                    dead_in_the_end += usize::from(is_dead_in_the_end(&item));
                    plant.put(Item { number: put, ..item });
                    put += 1;
                }
                Step::PassMs(ms) => plant.world.pass_ms(ms),
            }
        }
        match end {
            End::Drain => plant.pool.drain(),
            End::Stop => plant.pool.stop(),
            End::Kill => plant.world.end(),
        }
        let report = plant.world.result_within(Duration::from_secs(600), plant.pool.join());
        let stats = report.stats;
        let places = stats.done + stats.dead + report.given_back.len() as u64;
        prop_assert_eq!(places + plant.producer.len() as u64, put);
        prop_assert_eq!(plant.dead().len() as u64, stats.dead);
        prop_assert_eq!((stats.workers, stats.busy, stats.held), (0, 0, 0));
        prop_assert_eq!(plant.world.timers(), 0);
        if matches!(end, End::Drain) {
            prop_assert_eq!(stats.dead as usize, dead_in_the_end);
            prop_assert_eq!(stats.done + stats.dead, put);
        }
        if has_keys {
            keys_are_in_order(&plant.work.entries())?;
        }
        Ok(())
    });
    assert!(outcome.is_ok(), "{outcome:?}");
}

/// Each key's items are begun in the order of the queue, and never two at once.
fn keys_are_in_order(entries: &[Entry]) -> Result<(), TestCaseError> {
    let mut under_way = [None; 4];
    let mut last = [0; 4];
    for entry in entries {
        match *entry {
            Entry::Begun { number, key, .. } => {
                prop_assert_eq!(under_way[key as usize].replace(number), None);
                prop_assert!(number >= last[key as usize]);
                last[key as usize] = number;
            }
            Entry::Ended { key, .. } => under_way[key as usize] = None,
        }
    }
    Ok(())
}
