//! A put into a queue that is full and has its way with that: an item goes, and it is known which.

use std::time::Duration;

use crate::amount::Amount;
use crate::cell::Cell;
use crate::class::Class;
use crate::clock;
use crate::queue::Full;
use crate::tally::Tally;

const CAPACITY: u64 = 128;

/// A put of one item into a full queue, in nanoseconds.
pub(crate) fn put<Q: Full>(cell: &Cell) -> Result<f64, String> {
    Amount::UpTo(1 << 21).ns_per_item(|count| match cell.class {
        Class::DropOldest => puts::<Q>(count, |number| number - CAPACITY),
        _ => puts::<Q>(count, |number| number),
    })
}

/// `goes` says which item has to go for that with a number.
#[inline(always)]
fn puts<Q: Full>(count: u64, goes: impl Fn(u64) -> u64) -> Result<Duration, String> {
    let (mut producer, mut consumer) = Q::open(CAPACITY as usize);
    for number in 0..CAPACITY {
        assert!(Q::try_put(&mut producer, number), "a put was refused though there is room");
    }
    let mut tally = Tally::default();
    let mut is_right = true;
    let started = clock::now();
    for number in CAPACITY..CAPACITY + count {
        let gone = Q::put_full(&mut producer, number).expect("the queue is full");
        is_right &= gone == goes(number);
        tally.add(gone);
    }
    let took = started.elapsed();
    while let Some(left) = Q::try_get(&mut consumer) {
        tally.add(left);
    }
    Tally::of_first(CAPACITY + count).check(tally)?;
    is_right.then_some(took).ok_or_else(|| "another item went than should".to_owned())
}
