//! A million items that nobody gets yet, and then everybody at once.

use std::time::Duration;

use crate::cell::Cell;
use crate::class::Class;
use crate::clock;
use crate::item::Item;
use crate::queue::Tried;
use crate::tally::Tally;

/// The size of the spike.
pub(crate) const ITEMS: u64 = 1_000_000;

/// The size of the spike of a queue that has to sort it, which takes long.
const SORTED_ITEMS: u64 = 200_000;

/// How often before it counts. The allocator asks the system for the memory of the first two; what is measured is a
/// process that has lived through spikes before.
const WARM_UPS: u64 = 2;

/// A put of the spike, in nanoseconds.
pub(crate) fn put<Q: Tried<T>, T: Item>(cell: &Cell) -> Result<f64, String> {
    warm::<Q, T>(cell, |(putting, _)| putting)
}

/// A get of the spike, in nanoseconds.
pub(crate) fn get<Q: Tried<T>, T: Item>(cell: &Cell) -> Result<f64, String> {
    warm::<Q, T>(cell, |(_, getting)| getting)
}

fn warm<Q: Tried<T>, T: Item>(
    cell: &Cell,
    side: fn((Duration, Duration)) -> Duration,
) -> Result<f64, String> {
    let count = if cell.class == Class::Priority { SORTED_ITEMS } else { ITEMS };
    for _ in 0..WARM_UPS {
        both::<Q, T>(count)?;
    }
    Ok(side(both::<Q, T>(count)?).as_nanos() as f64 / count as f64)
}

fn both<Q: Tried<T>, T: Item>(count: u64) -> Result<(Duration, Duration), String> {
    let (mut producer, mut consumer) = Q::open(usize::MAX);
    let started = clock::now();
    fill::<Q, T>(&mut producer, count);
    let putting = started.elapsed();
    let started = clock::now();
    drain::<Q, T>(&mut consumer, count)?;
    Ok((putting, started.elapsed()))
}

/// Puts the items 0 to `count` - 1.
pub(crate) fn fill<Q: Tried<T>, T: Item>(producer: &mut Q::Producer, count: u64) {
    for number in 0..count {
        assert!(Q::try_put(producer, T::numbered(number)), "an unbounded queue refused an item");
    }
}

/// Gets all there is, which has to be the items 0 to `count` - 1.
pub(crate) fn drain<Q: Tried<T>, T: Item>(
    consumer: &mut Q::Consumer,
    count: u64,
) -> Result<(), String> {
    let mut tally = Tally::default();
    while let Some(item) = Q::try_get(consumer) {
        tally.add(item.number());
    }
    Tally::of_first(count).check(tally)
}
