//! An asynchronous queue whose consumer works faster when the backlog is high.
//!
//! ```text
//! producer ──put──▶ queue ──get──▶ consumer ──▶ what you do with it
//!                     └── len ──▶ gears ──┘
//! ```
//!
//! Work arrives in spikes and takes a varying time. The producer never waits, the consumer
//! waits without spinning, and [`Gears`] tell the consumer how fast to work from how much is
//! waiting, with two thresholds, so that it does not flutter.
//!
//! ```
//! use forebay::{Gears, Queue};
//!
//! # futures_lite::future::block_on(async {
//! let (producer, consumer) = Queue::unbounded().split();
//! for item in 0..10 {
//!     producer.put(item).await?; // never waits
//! }
//! drop(producer); // the queue closes; what is in it is still got
//!
//! let mut gears = Gears::two(5, 0)?;
//! loop {
//!     gears.observe(consumer.len());
//!     let batch_max = [1, 4][gears.gear()]; // slow and gentle, or fast
//!     let mut batch = Vec::new();
//!     if consumer.get_many(&mut batch, batch_max).await == 0 {
//!         break;
//!     }
//!     println!("gear {}: {batch:?}", gears.gear());
//! }
//! # Ok::<(), Box<dyn std::error::Error>>(()) }).unwrap();
//! ```
//!
//! # Order
//! First in, first out, over all producers; with one consumer, total. Last in first out and
//! priority (equal items in the order they were put) are the same queue with another
//! [`builder`](Queue::builder) call.
//!
//! # Fairness
//! Consumers that wait are woken in the order they came. An item stays in the queue until the
//! woken consumer runs, so a call that need not wait may take it first; the one that finds
//! nothing keeps its place in the line, and after 16 times newcomers have to queue behind it.
//! Producers that wait for room are never overtaken: their items go in, in the order they came,
//! as soon as there is room, whether they run or not.
//!
//! # When it is full
//! A bounded queue does what its [`WhenFull`] says: wait, reject, or drop the newest or oldest
//! item. A dropped item goes to the `on_drop` callback, never nowhere.
//!
//! # Closing
//! `close` ends the puts; gets drain what is left and then end. `close_now` returns what is
//! left. The queue also closes when the last [`Producer`] is dropped, and when the last
//! [`Consumer`] is.
//!
//! # Cancellation
//! Dropping a future loses no item and no wake-up. An item that was not put can be had back
//! with [`Put::take_back`]; with `put_many` it is still in your vector.
//!
//! # Pool
//! [`Pool`] keeps the workers: as many and as fast as a [`Controller`] says, from [`Gears`] to
//! [`Combined`], which asks the backlog what is needed and the sink what it can take. Retries,
//! order by key, panics and stopping are its business; the runtime is yours.
//!
//! # On one thread
//! [`local::Queue`] is the same queue for handles that stay on one thread: no atomics, and items
//! need not be `Send`. Both are one engine; [`sharing`] has the types behind their names.
//!
//! # Memory
//! What a spike took is given back as it drains. A dropped future leaves nothing behind.
//!
//! # What it is not
//! No rendezvous (capacity 0), no broadcast (each item goes to one consumer), no `peek` (see
//! [`Queue`]), nothing on disk (see the `forebay-backlog` crate).

#![deny(unsafe_code)]

// Producers.
mod producer;
pub use producer::when_full::WhenFull;

// The queue between them.
mod queue;
pub use queue::builder::CAPACITY_MAX;
pub use queue::stats::Stats;

// Consumers, and how fast they work.
mod consumer;
pub use consumer::controller::aimd::{Aimd, AimdConfig};
pub use consumer::controller::combined::{Combined, CombinedConfig};
pub use consumer::controller::delay::{QueueDelay, QueueDelayConfig};
pub use consumer::controller::gradient::{Gradient, GradientConfig};
pub use consumer::controller::proportional::{Proportional, ProportionalConfig};
pub use consumer::controller::setting::{GEARS_MAX, SettingError};
pub use consumer::controller::{Controller, Gear, Snapshot, Why};
pub use consumer::gears::{Gears, GearsError, Shift, Step};

// Many of them, kept.
pub use consumer::pool::builder::{PoolBuilder, WORKERS_MAX};
pub use consumer::pool::handler::{BatchHandler, Handler, Outcome, Outcomes};
pub use consumer::pool::retry::RetryConfig;
pub use consumer::pool::runtime::{Runtime, Task};
pub use consumer::pool::source::Source;
pub use consumer::pool::{Pool, PoolStats, Report};

// The three under their names: for any thread, and for one.
mod handles;
pub mod local;
pub mod sharing;
pub use handles::{
    Builder, Consumer, Get, GetMany, Items, Join, Producer, Put, PutMany, Puts, Queue, WeakQueue,
};

// What both sides use.
mod blocking;
mod error;
mod sync;
pub use error::{BuildError, GetError, PutError};

// The example of the README is compiled and run with the others.
#[cfg(doctest)]
#[doc = include_str!("../../../README.md")]
struct ReadmeExamples;
