//! Workers that follow a gear.

mod age;
mod bells;
pub(crate) mod builder;
mod desk;
pub(crate) mod handler;
mod labor;
mod ledger;
mod meter;
pub(crate) mod retry;
mod run;
pub(crate) mod runtime;
mod shared;
pub(crate) mod source;
mod ticker;
mod worker;

use std::fmt;
use std::future::poll_fn;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::task::Poll;

use self::builder::{PoolBuilder, check_table};
use self::shared::Shared;
use super::controller::setting::SettingError;
use super::controller::{Controller, Gear};

/// Workers that get from a queue, as many and as fast as a [`Controller`] says.
///
/// A pool brings no runtime: it is given a spawner and a clock, see [`Runtime`](crate::Runtime).
/// Its workers take items in runs, up to the gear's batch; who handles them one by one takes no
/// more than a share of what waits. What a worker has begun it ends, in whatever gear. While nothing is to do there is no timer.
///
/// An item is tried until its [handler](crate::Handler) says that it is done or dead, or the
/// [attempts](crate::RetryConfig) are used up. A handler that panics has failed with that item,
/// and nothing else happens. A finished item, well or not, is marked by
/// [`task_done`](crate::sharing::Consumer::task_done).
///
/// # Examples
/// ```
/// use std::time::Duration;
/// use forebay::{Gear, Gears, Outcome, Pool, Queue};
///
/// struct Tokio(tokio::time::Instant);
///
/// impl forebay::Runtime for Tokio {
///     fn spawn(&self, task: forebay::Task) {
///         tokio::spawn(task);
///     }
///     fn after(&self, time: Duration) -> forebay::Task {
///         Box::pin(tokio::time::sleep(time))
///     }
///     fn now(&self) -> Duration {
///         self.0.elapsed()
///     }
/// }
///
/// async fn handle(row: &mut u32) -> Outcome {
///     if *row == 7 { Outcome::Dead("it is a seven".to_owned()) } else { Outcome::Done }
/// }
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let (producer, consumer) = Queue::unbounded().split();
/// let table = vec![
///     Gear::ONE_BY_ONE,
///     Gear { pause: Duration::ZERO, batch: 100, workers: 4 },
/// ];
/// let pool = Pool::builder(Gears::two(5, 0)?, table)
///     .on_dead(|row: u32, reason: &str| println!("{row}: {reason}"))
///     .each(consumer, Tokio(tokio::time::Instant::now()), handle)?;
/// for row in 0..1000 {
///     producer.put(row).await?;
/// }
/// pool.drain();
/// let report = pool.join().await;
/// assert_eq!((report.stats.done, report.stats.dead), (999, 1));
/// # Ok(()) }
/// ```
pub struct Pool<T> {
    shared: Arc<Shared<T>>,
}

/// What a pool counts. An item that is [itself many](crate::Source::size) counts as that many,
/// but among those that are held.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct PoolStats {
    /// Items finished well.
    pub done: u64,
    /// Items that went to `on_dead`.
    pub dead: u64,
    /// Attempts after which an item is tried again.
    pub retried: u64,
    /// Panics of the handler and of callbacks.
    pub panicked: u64,
    /// Workers with items in hand.
    pub busy: usize,
    /// Workers.
    pub workers: usize,
    /// Items taken from the queue that no worker has in hand: they wait for their next attempt,
    /// or for their key.
    pub held: usize,
    /// The present gear.
    pub gear: usize,
}

/// How a pool ended.
#[derive(Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Report<T> {
    /// What it had counted.
    pub stats: PoolStats,
    /// Items it had taken and did not finish. What it had not taken is still in the queue.
    pub given_back: Vec<T>,
}

impl<T: Send + 'static> Pool<T> {
    /// Makes a pool with a controller, and a table of what each of its gears sets.
    pub fn builder(
        controller: impl Controller + Send + 'static,
        table: Vec<Gear>,
    ) -> PoolBuilder<T> {
        PoolBuilder::new(controller, table)
    }

    /// Goes by another controller, and another table of what its gears set, from now on, in the gear in
    /// which `controller` is. What a worker has begun it ends; a pause that is longer than the new one
    /// ends at once; workers that are too many leave. Where the gear is another one, that is a
    /// [shift](PoolBuilder::on_shift).
    ///
    /// # Errors
    /// What [`builder`](Self::builder) would say of them when it starts; nothing has changed then.
    ///
    /// # Examples
    /// ```
    /// # use forebay::{Gear, Gears, Pool, SettingError};
    /// fn hurry(pool: &Pool<u32>) -> Result<(), SettingError> {
    ///     let four = Gear { workers: 4, ..Gear::ONE_BY_ONE };
    ///     pool.change(Gears::default(), vec![Gear::ONE_BY_ONE, four])
    /// }
    /// ```
    pub fn change(
        &self,
        controller: impl Controller + Send + 'static,
        table: Vec<Gear>,
    ) -> Result<(), SettingError> {
        check_table(controller.count(), &table)?;
        self.shared.change(Box::new(controller), table);
        Ok(())
    }

    /// Closes the queue; the pool ends when everything in it is finished, retries included.
    pub fn drain(&self) {
        self.shared.source.close();
    }

    /// Lets every worker finish the item it is at, or its batch, and end. What they had taken
    /// and not begun, and what was to be tried again, is given back by [`join`](Self::join).
    pub fn stop(&self) {
        self.shared.is_stopping.store(true, Ordering::SeqCst);
        self.shared.ring_all();
    }

    /// Waits until there are no workers any more, and tells how it went. That is so after
    /// [`drain`](Self::drain), after [`stop`](Self::stop), when the queue is closed and drained,
    /// and when the runtime has ended them.
    ///
    /// What was given back is with the first of several that wait.
    ///
    /// # Cancel safety
    /// Dropping the future loses nothing.
    pub async fn join(&self) -> Report<T> {
        let given_back = poll_fn(|cx| {
            let mut desk = self.shared.look();
            if desk.workers > 0 {
                desk.joiners.push(cx.waker().clone());
                return Poll::Pending;
            }
            Poll::Ready(desk.clear_out())
        })
        .await;
        Report { stats: self.stats(), given_back }
    }

    /// What it has counted so far.
    pub fn stats(&self) -> PoolStats {
        let meter = &self.shared.meter;
        let (workers, held) = {
            let desk = self.shared.look();
            (desk.workers, desk.held())
        };
        PoolStats {
            done: meter.done.load(Ordering::Relaxed),
            dead: meter.dead.load(Ordering::Relaxed),
            retried: meter.retried.load(Ordering::Relaxed),
            panicked: meter.panicked.load(Ordering::Relaxed),
            busy: meter.busy(),
            workers,
            held,
            gear: self.shared.pace.gear.load(Ordering::Relaxed),
        }
    }
}

impl<T: Send + 'static> fmt::Debug for Pool<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pool").field("stats", &self.stats()).finish_non_exhaustive()
    }
}
