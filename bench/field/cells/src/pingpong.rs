//! One item going round between two tasks: what a wake-up costs.

use std::time::Duration;

use crate::amount::Amount;
use crate::cell::{Cell, Place};
use crate::item::Item;
use crate::places::Stage;
use crate::queue::{Awaited, Got, Put};
use crate::tally::Tally;

/// One round trip through two queues, in nanoseconds.
pub(crate) fn round_trip<Q: Awaited<T>, T: Item>(cell: &Cell, place: Place) -> Result<f64, String> {
    let stage = Stage::of(place);
    Amount::UpTo(1 << 20).ns_per_item(|count| run::<Q, T>(cell, &stage, count))
}

/// Exactly `count` round trips and nothing else, for counting instructions.
pub(crate) fn repeat<Q: Awaited<T>, T: Item>(
    cell: &Cell,
    place: Place,
    count: u64,
) -> Result<(), String> {
    run::<Q, T>(cell, &Stage::of(place), count).map(drop)
}

fn run<Q: Awaited<T>, T: Item>(cell: &Cell, stage: &Stage, count: u64) -> Result<Duration, String> {
    let capacity = cell.capacity.unwrap_or(usize::MAX);
    let (mut there, mut arrives) = Q::open(capacity);
    let (mut back, mut returns) = Q::open(capacity);
    let pong = async move {
        for _ in 0..count {
            let item = Q::get(&mut arrives).await.item().expect("the other task puts it");
            assert!(Q::put(&mut back, item).await.is_put(), "a put was refused");
        }
        Tally::default()
    };
    let ping = async move {
        let mut tally = Tally::default();
        for number in 0..count {
            assert!(Q::put(&mut there, T::numbered(number)).await.is_put(), "put refused");
            let item = Q::get(&mut returns).await.item().expect("the other task puts it");
            tally.add(item.number());
        }
        tally
    };
    let (took, got) = stage.play(vec![pong], vec![ping]);
    Tally::of_first(count).check(got).map(|()| took)
}
