//! Producers and consumers on one thread that they never leave: the cells of `ct` for queues that are not `Send`, under
//! tokio's runtime for such tasks.

use std::ops::Range;

use tokio::runtime::{Builder, LocalOptions};

use crate::cell::Cell;
use crate::clock;
use crate::item::Item;
use crate::queue::{Got, Local, Put};
use crate::tally::Tally;
use crate::tasks::{Pace, amount, handles, shares};

/// An item through a queue, from task to task, in nanoseconds.
pub(crate) fn tasks<Q: Local<T>, T: Item>(cell: &Cell) -> Result<f64, String> {
    let runtime = Builder::new_current_thread().build_local(LocalOptions::default());
    let runtime = runtime.map_err(|error| error.to_string())?;
    amount(cell).ns_per_item(|count| {
        let (producers, consumers) = handles::<Q, T>(cell);
        let started = clock::now();
        let got = runtime.block_on(async {
            let getting = consumers.into_iter().map(|consumer| {
                tokio::task::spawn_local(consume::<Q, T>(consumer, count / cell.consumers))
            });
            let getting: Vec<_> = getting.collect();
            let pace = Pace::of(cell);
            let putting = producers.into_iter().zip(shares(count, cell.producers));
            let putting = putting.map(|(producer, share)| {
                tokio::task::spawn_local(produce::<Q, T>(producer, share, pace))
            });
            for task in putting.collect::<Vec<_>>() {
                task.await.map_err(|error| error.to_string())?;
            }
            let mut tallies = Vec::with_capacity(getting.len());
            for task in getting {
                tallies.push(task.await.map_err(|error| error.to_string())?);
            }
            Ok::<Tally, String>(tallies.into_iter().sum())
        });
        let took = started.elapsed();
        Tally::of_first(count).check(got?).map(|()| took)
    })
}

async fn produce<Q: Local<T>, T: Item>(mut producer: Q::Producer, share: Range<u64>, pace: Pace) {
    for number in share {
        assert!(Q::put(&mut producer, T::numbered(number)).await.is_put(), "a put was refused");
        if pace.yields_after(number) {
            tokio::task::yield_now().await;
        }
    }
}

async fn consume<Q: Local<T>, T: Item>(mut consumer: Q::Consumer, share: u64) -> Tally {
    let mut tally = Tally::default();
    for _ in 0..share {
        let item = Q::get(&mut consumer).await.item();
        tally.add(item.expect("a get ended while items are to come").number());
    }
    tally
}
