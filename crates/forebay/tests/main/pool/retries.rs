//! What fails is tried again, later and later, and not for ever.

use std::time::Duration;

use forebay::RetryConfig;

use super::work::{Entry, Fate, item};
use super::{Plant, always};

#[test]
fn an_item_is_tried_again_after_the_time_it_asked_for() {
    let plant = Plant::new(always(1, 4));
    plant.put(item(0).fates(&[Fate::RetryAfterMs(500)]));
    plant.world.pass_ms(499);
    assert_eq!(plant.work.begun().len(), 1);
    plant.world.pass_ms(1);
    assert_eq!((plant.work.begun().len(), plant.pool.stats().done), (2, 1));
}

#[test]
fn an_item_whose_attempts_are_used_up_is_dead() {
    let retry = RetryConfig { attempts_max: 3, ..RetryConfig::default() };
    let plant = Plant::new(always(1, 4).retry(retry));
    plant.put(item(0).fates(&[Fate::Retry; 9]));
    plant.world.pass_ms(60_000);
    assert_eq!(plant.work.begun().len(), 3);
    assert_eq!(*plant.dead.lock().unwrap(), [(0, "it failed 3 times".to_owned())]);
}

#[test]
fn the_times_between_attempts_grow_up_to_a_cap_and_differ() {
    let (delay_first, delay_max) = (Duration::from_millis(100), Duration::from_millis(800));
    let retry = RetryConfig { attempts_max: 100, delay_first, delay_max, seed: 7 };
    let plant = Plant::new(always(1, 1).retry(retry));
    plant.put(item(0).fates(&[Fate::Retry; 60]));
    plant.world.pass_ms(60_000);
    let begun_ms: Vec<_> = plant.work.entries().iter().filter_map(begun_ms).collect();
    let gaps: Vec<_> = begun_ms.windows(2).map(|pair| pair[1] - pair[0]).collect();
    assert_eq!(gaps.len(), 60);
    for (at, gap) in gaps.iter().enumerate() {
        assert!(*gap <= 801.min(100 << at.min(3)) + 1, "{gap} ms after attempt {at}");
    }
    let late = &gaps[3..];
    assert!(late.iter().any(|gap| *gap > 600) && late.iter().any(|gap| *gap < 200), "{gaps:?}");
}

fn begun_ms(entry: &Entry) -> Option<u64> {
    match entry {
        Entry::Begun { at_ms, .. } => Some(*at_ms),
        Entry::Ended { .. } => None,
    }
}

#[test]
fn a_retry_that_is_due_goes_before_what_waits_and_a_late_one_holds_nothing_up() {
    let plant = Plant::new(always(1, 1));
    plant.put(item(0).fates(&[Fate::RetryAfterMs(5)]));
    (1..4).for_each(|number| plant.put(item(number).takes_ms(10)));
    plant.world.pass_ms(100);
    assert_eq!(plant.work.begun(), [0, 1, 0, 2, 3]);
}

#[test]
fn an_earlier_retry_does_not_wait_for_a_later_one() {
    let plant = Plant::new(always(1, 1));
    plant.put(item(0).fates(&[Fate::RetryAfterMs(1000)]));
    plant.put(item(1).fates(&[Fate::RetryAfterMs(100)]));
    plant.put(item(2).fates(&[Fate::RetryAfterMs(500)]));
    plant.world.pass_ms(2000);
    assert_eq!(plant.work.begun(), [0, 1, 2, 1, 2, 0]);
    assert_eq!(plant.pool.stats().done, 3);
}
