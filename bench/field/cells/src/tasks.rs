//! Producers and consumers at the same time: `ct`, `mt2`, `ct2` and `tbo` with futures, `thr` with blocking calls.
//!
//! Each producer puts, and each consumer gets, an equal share of the items. So a run ends by itself, without asking
//! whether and how a queue tells its consumers that no more will come.

use std::ops::Range;
use std::time::Duration;

use crate::amount::Amount;
use crate::cell::{Cell, Place};
use crate::item::Item;
use crate::places::{Outcome, Stage, on_threads};
use crate::queue::{Awaited, Blocking, Got, Put, Queue};
use crate::tally::Tally;

/// Between two yields of a producer.
const YIELD_EVERY: u64 = 32;
/// Without a capacity and without yields, how far the producers get ahead depends on how long a run is.
const UNHINDERED: Amount = Amount::Fixed(200_192);
const HINDERED: Amount = Amount::UpTo(1 << 20);

/// An item through a queue, from task to task, in nanoseconds.
pub(crate) fn awaited<Q: Awaited<T>, T: Item>(cell: &Cell, place: Place) -> Result<f64, String> {
    let stage = Stage::of(place);
    amount(cell).ns_per_item(|count| run::<Q, T>(cell, &stage, count))
}

/// Exactly `count` items and nothing else, for counting instructions.
pub(crate) fn repeat<Q: Awaited<T>, T: Item>(
    cell: &Cell,
    place: Place,
    count: u64,
) -> Result<(), String> {
    run::<Q, T>(cell, &Stage::of(place), count).map(drop)
}

fn run<Q: Awaited<T>, T: Item>(cell: &Cell, stage: &Stage, count: u64) -> Result<Duration, String> {
    let (producers, consumers) = handles::<Q, T>(cell);
    let getting = consumers.into_iter().map(|consumer| {
        let share = count / cell.consumers;
        consume::<Q, T>(consumer, share)
    });
    let putting = producers.into_iter().zip(shares(count, cell.producers));
    let pace = Pace::of(cell);
    let putting = putting.map(|(producer, share)| produce::<Q, T>(producer, share, pace));
    checked(count, stage.play(getting.collect(), putting.collect()))
}

/// An item through a queue, from thread to thread, in nanoseconds.
pub(crate) fn blocking<Q: Blocking<T>, T: Item>(cell: &Cell) -> Result<f64, String> {
    amount(cell).ns_per_item(|count| {
        let (producers, consumers) = handles::<Q, T>(cell);
        let share = count / cell.consumers;
        let getting =
            consumers.into_iter().map(|consumer| move || consume_blocking::<Q, T>(consumer, share));
        let putting = producers.into_iter().zip(shares(count, cell.producers));
        let putting =
            putting.map(|(producer, share)| move || produce_blocking::<Q, T>(producer, share));
        checked(count, on_threads(getting.collect(), putting.collect()))
    })
}

pub(crate) fn amount(cell: &Cell) -> Amount {
    match (cell.capacity, cell.yields) {
        (None, false) => UNHINDERED,
        _ => HINDERED,
    }
}

/// What a producer does between its puts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Pace {
    Steady,
    /// Lets the others run every 32 items, as it must where one thread is all there is.
    Yielding,
}

impl Pace {
    pub(crate) fn of(cell: &Cell) -> Self {
        if cell.yields { Pace::Yielding } else { Pace::Steady }
    }

    #[inline(always)]
    pub(crate) fn yields_after(self, number: u64) -> bool {
        self == Pace::Yielding && number % YIELD_EVERY == YIELD_EVERY - 1
    }
}

fn checked(count: u64, (took, got): Outcome) -> Result<Duration, String> {
    Tally::of_first(count).check(got).map(|()| took)
}

pub(crate) fn handles<Q: Queue<T>, T: Item>(cell: &Cell) -> (Vec<Q::Producer>, Vec<Q::Consumer>) {
    let (producer, consumer) = Q::open(cell.capacity.unwrap_or(usize::MAX));
    let mut producers: Vec<_> = (1..cell.producers).map(|_| Q::producer(&producer)).collect();
    let mut consumers: Vec<_> = (1..cell.consumers).map(|_| Q::consumer(&consumer)).collect();
    producers.push(producer);
    consumers.push(consumer);
    (producers, consumers)
}

/// The numbers 0 to `count` - 1 in `parts` equal parts.
pub(crate) fn shares(count: u64, parts: u64) -> impl Iterator<Item = Range<u64>> {
    let share = count / parts;
    (0..parts).map(move |part| part * share..(part + 1) * share)
}

async fn produce<Q: Awaited<T>, T: Item>(
    mut producer: Q::Producer,
    share: Range<u64>,
    pace: Pace,
) -> Tally {
    for number in share {
        assert!(Q::put(&mut producer, T::numbered(number)).await.is_put(), "a put was refused");
        if pace.yields_after(number) {
            tokio::task::yield_now().await;
        }
    }
    Tally::default()
}

async fn consume<Q: Awaited<T>, T: Item>(mut consumer: Q::Consumer, share: u64) -> Tally {
    let mut tally = Tally::default();
    for _ in 0..share {
        let item = Q::get(&mut consumer).await.item();
        tally.add(item.expect("a get ended while items are to come").number());
    }
    tally
}

fn produce_blocking<Q: Blocking<T>, T: Item>(
    mut producer: Q::Producer,
    share: Range<u64>,
) -> Tally {
    for number in share {
        assert!(Q::put_blocking(&mut producer, T::numbered(number)), "a put was refused");
    }
    Tally::default()
}

fn consume_blocking<Q: Blocking<T>, T: Item>(mut consumer: Q::Consumer, share: u64) -> Tally {
    let mut tally = Tally::default();
    for _ in 0..share {
        let item = Q::get_blocking(&mut consumer);
        tally.add(item.expect("a get ended while items are to come").number());
    }
    tally
}
