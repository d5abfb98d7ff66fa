//! Who brings items from a queue to a handler.

use std::hint::black_box;
use std::time::{Duration, Instant};

use forebay::{Gear, Gears, Outcome, Pool, Queue, Runtime, Task};
use futures_util::{Stream, StreamExt, stream};
use tokio::sync::mpsc::{self, UnboundedReceiver, UnboundedSender};

use crate::clock;
use crate::failure::Failure;

/// One of the measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Contender {
    /// forebay's, with a controller that has two gears.
    Pool(Pooled),
    /// What one would write over tokio's unbounded channel.
    Other(Way),
}

/// A pool.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Pooled {
    name: &'static str,
    /// Workers and batch in the slow gear and in the fast one.
    gears: [(usize, usize); 2],
    /// What its ratios are called, on one thread and on two.
    pub(super) ratios: [&'static str; 2],
}

/// How items are taken from the channel.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Way {
    Loop,
    /// Many at a time, which changes what it is to take one.
    LoopOfMany,
    ForEachConcurrent,
    BufferUnordered,
}

/// How many items the concurrent ways have in hand at most, and the workers of the pool's fast gear.
const AT_ONCE: usize = 4;
/// How many items whoever takes many takes at most.
const BATCH: usize = 64;
/// After so many items whoever puts lets others run.
const SPELL: u64 = 64;

pub(super) const CONTENDERS: [Contender; 7] = [
    Contender::Pool(Pooled {
        name: "pool, 1 × 16, then 4 × 256",
        gears: [(1, 16), (4, 256)],
        ratios: ["gears_one_thread", "gears_two_threads"],
    }),
    Contender::Pool(Pooled {
        name: "pool, 1 × 64, then 2 × 64",
        gears: [(1, 64), (2, 64)],
        ratios: ["batches_one_thread", "batches_two_threads"],
    }),
    Contender::Pool(Pooled {
        name: "pool, 1 × 1, then 4 × 1",
        gears: [(1, 1), (4, 1)],
        ratios: ["one_by_one_one_thread", "one_by_one_two_threads"],
    }),
    Contender::Other(Way::Loop),
    Contender::Other(Way::LoopOfMany),
    Contender::Other(Way::ForEachConcurrent),
    Contender::Other(Way::BufferUnordered),
];

/// A runtime for the pool.
struct Tokio(Instant);

impl Runtime for Tokio {
    fn spawn(&self, task: Task) {
        tokio::spawn(task);
    }

    fn after(&self, time: Duration) -> Task {
        Box::pin(tokio::time::sleep(time))
    }

    fn now(&self) -> Duration {
        clock::now().saturating_duration_since(self.0)
    }
}

async fn nothing(item: &mut u64) -> Outcome {
    black_box(item);
    Outcome::Done
}

/// The same for the others.
async fn nothing_of(item: u64) {
    black_box(item);
}

impl Contender {
    pub(super) fn name(self) -> &'static str {
        match self {
            Contender::Pool(pool) => pool.name,
            Contender::Other(Way::Loop) => "a loop over recv",
            Contender::Other(Way::LoopOfMany) => "a loop over recv_many(64)",
            Contender::Other(Way::ForEachConcurrent) => "for_each_concurrent(4)",
            Contender::Other(Way::BufferUnordered) => "buffer_unordered(4)",
        }
    }

    /// Brings so many items through and says how many were handled.
    pub(super) async fn run(self, items: u64) -> Result<u64, Failure> {
        match self {
            Contender::Pool(pool) => pooled(pool.gears, items).await,
            Contender::Other(way) => streamed(way, items).await,
        }
    }
}

async fn pooled(gears: [(usize, usize); 2], items: u64) -> Result<u64, Failure> {
    let failed = |error: &dyn std::fmt::Display| Failure::new(format!("the pool: {error}"));
    let (producer, consumer) = Queue::unbounded().split();
    let table = gears.map(|(workers, batch)| Gear { pause: Duration::ZERO, batch, workers });
    let controller = Gears::two(1000, 0).map_err(|error| failed(&error))?;
    let pool = Pool::builder(controller, table.to_vec())
        .each(consumer, Tokio(clock::now()), nothing)
        .map_err(|error| failed(&error))?;
    let putting = tokio::spawn(async move {
        for item in 0..items {
            // An unbounded queue that is open takes everything.
            let _ = producer.try_put(item);
            if item % SPELL == SPELL - 1 {
                tokio::task::yield_now().await;
            }
        }
    });
    putting.await.map_err(|error| failed(&error))?;
    pool.drain();
    Ok(pool.join().await.stats.done)
}

async fn streamed(way: Way, items: u64) -> Result<u64, Failure> {
    let (sender, receiver) = mpsc::unbounded_channel();
    let taking = tokio::spawn(take(way, receiver));
    let putting = tokio::spawn(put(sender, items));
    putting.await.map_err(|error| Failure::because("putting", error))?;
    taking.await.map_err(|error| Failure::because("taking", error))
}

async fn put(sender: UnboundedSender<u64>, items: u64) {
    for item in 0..items {
        // It fails only when nobody takes any more, which the count shows.
        let _ = sender.send(item);
        if item % SPELL == SPELL - 1 {
            tokio::task::yield_now().await;
        }
    }
}

/// Handles what comes until no more does, and says how much that was.
async fn take(way: Way, mut receiver: UnboundedReceiver<u64>) -> u64 {
    let mut handled = 0;
    match way {
        Way::Loop => {
            while let Some(item) = receiver.recv().await {
                handled += 1;
                nothing_of(item).await;
            }
        }
        Way::LoopOfMany => {
            let mut many = Vec::with_capacity(BATCH);
            while receiver.recv_many(&mut many, BATCH).await > 0 {
                for item in many.drain(..) {
                    handled += 1;
                    nothing_of(item).await;
                }
            }
        }
        Way::ForEachConcurrent => {
            let each = |item| {
                handled += 1;
                nothing_of(item)
            };
            items_of(receiver).for_each_concurrent(AT_ONCE, each).await;
        }
        Way::BufferUnordered => {
            let mut done = items_of(receiver).map(nothing_of).buffer_unordered(AT_ONCE);
            while done.next().await.is_some() {
                handled += 1;
            }
        }
    }
    handled
}

fn items_of(mut receiver: UnboundedReceiver<u64>) -> impl Stream<Item = u64> {
    stream::poll_fn(move |cx| receiver.poll_recv(cx))
}
