//! One thread, nobody waits: what the calls themselves cost.

use std::hint::black_box;
use std::time::Duration;

use crate::amount::Amount;
use crate::cell::{Cell, Kind};
use crate::clock;
use crate::item::Item;
use crate::places::current_thread;
use crate::queue::{Got, Local, Put, Tried};
use crate::tally::Tally;

const BATCH: u64 = 64;
const AMOUNT: Amount = Amount::UpTo(1 << 21);

/// A put and a get of one item, in nanoseconds.
pub(crate) fn pair<Q: Local<T>, T: Item>(cell: &Cell) -> Result<f64, String> {
    let of = |run: fn(&Cell, u64) -> Result<Duration, String>| {
        AMOUNT.ns_per_item(|count| run(cell, count))
    };
    match cell.kind {
        Kind::TryPair => of(try_pairs::<Q, T>),
        Kind::ReadyPair => of(ready_pairs::<Q, T>),
        Kind::BatchOfSingles => of(batches_of_singles::<Q, T>),
        // Who has calls for many items need not use them where they are slower.
        _ if Q::HAS_BATCHES => Ok(of(batches::<Q, T>)?.min(of(batches_of_singles::<Q, T>)?)),
        _ => of(batches_of_singles::<Q, T>),
    }
}

/// Exactly `count` pairs and nothing else, for counting instructions.
pub(crate) fn pairs<Q: Local<T>, T: Item>(cell: &Cell, count: u64) -> Result<(), String> {
    let run = match cell.kind {
        Kind::TryPair => try_pairs::<Q, T>,
        Kind::ReadyPair => ready_pairs::<Q, T>,
        Kind::Batch if Q::HAS_BATCHES => batches::<Q, T>,
        Kind::Batch | Kind::BatchOfSingles => batches_of_singles::<Q, T>,
        _ => return Err("instructions are counted on one thread only".to_owned()),
    };
    run(cell, count).map(drop)
}

fn open<Q: Tried<T>, T: Item>(cell: &Cell) -> (Q::Producer, Q::Consumer) {
    Q::open(cell.capacity.unwrap_or(usize::MAX))
}

fn try_pairs<Q: Tried<T>, T: Item>(cell: &Cell, count: u64) -> Result<Duration, String> {
    let (mut producer, mut consumer) = open::<Q, T>(cell);
    let mut tally = Tally::default();
    let started = clock::now();
    for number in 0..count {
        put::<Q, T>(&mut producer, number);
        get::<Q, T>(&mut consumer, &mut tally);
    }
    let took = started.elapsed();
    Tally::of_first(count).check(tally).map(|()| took)
}

fn batches_of_singles<Q: Tried<T>, T: Item>(cell: &Cell, count: u64) -> Result<Duration, String> {
    let (mut producer, mut consumer) = open::<Q, T>(cell);
    let mut tally = Tally::default();
    let started = clock::now();
    for first in (0..count).step_by(BATCH as usize) {
        for number in first..first + BATCH {
            put::<Q, T>(&mut producer, number);
        }
        for _ in 0..BATCH {
            get::<Q, T>(&mut consumer, &mut tally);
        }
    }
    let took = started.elapsed();
    Tally::of_first(count).check(tally).map(|()| took)
}

fn batches<Q: Tried<T>, T: Item>(cell: &Cell, count: u64) -> Result<Duration, String> {
    let (mut producer, mut consumer) = open::<Q, T>(cell);
    let mut tally = Tally::default();
    let mut batch = Vec::with_capacity(BATCH as usize);
    let started = clock::now();
    for first in (0..count).step_by(BATCH as usize) {
        batch.extend((first..first + BATCH).map(T::numbered));
        assert!(Q::put_batch(&mut producer, &mut batch) && batch.is_empty(), "there is room");
        Q::get_batch(&mut consumer, &mut batch, BATCH as usize);
        for item in batch.drain(..) {
            tally.add(item.number());
        }
    }
    let took = started.elapsed();
    Tally::of_first(count).check(tally).map(|()| took)
}

#[inline(always)]
fn put<Q: Tried<T>, T: Item>(producer: &mut Q::Producer, number: u64) {
    assert!(Q::try_put(producer, T::numbered(number)), "a put was refused though there is room");
}

#[inline(always)]
fn get<Q: Tried<T>, T: Item>(consumer: &mut Q::Consumer, tally: &mut Tally) {
    tally.add(Q::try_get(consumer).expect("an item was just put").number());
}

/// Under tokio's runtime, where those who count on its budget find it.
fn ready_pairs<Q: Local<T>, T: Item>(cell: &Cell, count: u64) -> Result<Duration, String> {
    let runtime = current_thread();
    let (mut producer, mut consumer) = open::<Q, T>(cell);
    let mut tally = Tally::default();
    let started = clock::now();
    runtime.block_on(async {
        for number in 0..count {
            assert!(Q::put(&mut producer, T::numbered(number)).await.is_put(), "put refused");
            let item = Q::get(&mut consumer).await.item().expect("an item was just put");
            tally.add(item.number());
        }
    });
    let took = started.elapsed();
    Tally::of_first(count).check(tally).map(|()| took)
}

/// Making and dropping a queue, in nanoseconds.
pub(crate) fn create<Q: Tried<T>, T: Item>(cell: &Cell) -> Result<f64, String> {
    Amount::UpTo(1 << 20).ns_per_item(|count| {
        let started = clock::now();
        for _ in 0..count {
            black_box(open::<Q, T>(cell));
        }
        Ok(started.elapsed())
    })
}
