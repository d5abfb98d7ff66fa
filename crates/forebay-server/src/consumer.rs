//! Takes events from the backlog and writes them to a sink, in a gear that follows the backlog.
//!
//! ```text
//! backlog ──take──▶ intake ──errand──▶ crew ──delivery──▶ writer ──▶ sink
//!                   (a forebay::Pool has the workers,     (one a worker, with its connection)
//!                    and a controller says how many)
//! ```
//!
//! - Whatever waits is written at once; while a write is under way, the next batch gathers. There
//!   is no timer in this, and an idle consumer uses no processor time.
//! - A worker stays with its delivery until every event of it is somewhere. What makes it panic
//!   goes back to the backlog, and comes again before anything younger.
//! - A sink that is down is tried again for ever, ever more seldom. Its events stay undelivered,
//!   and nobody but the backlog's limits ever notices. Where others share the backlog, they may have
//!   the delivery after a time, and nobody takes one who has no connection.
//! - What the database refuses of a batch is left out of it, or found by halving it, and kept in
//!   `dead_letters`. Every event ends up in `events` or there, once.

mod bisect;
mod board;
mod crew;
mod errand;
mod intake;
mod links;
mod retry;
mod seats;
mod speed;
mod tasks;
mod tuning;
mod writer;

#[cfg(test)]
mod promises;

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use forebay::{GearsError, Pool, SettingError};
use forebay_backlog::Backlog;
use tokio::task::JoinHandle;

use crate::sink::{Place, PostgresSink, Sink, SinkUrl, SqliteSink};
use board::Board;
use crew::Crew;
use errand::Errand;
use intake::Intake;
use retry::Backoff;
use seats::Seats;
use tasks::Tasks;
use tuning::Tuning;
use writer::Tenacity;

pub use board::{ConsumerGauge, ConsumerStatus};
pub use retry::RetryConfig;
pub(crate) use speed::gear_name;
pub use speed::{BATCH_EVENTS_MAX, PAUSE_MS_MAX, Speed, WRITERS_MAX};

/// How often the gear is looked at while there is something to do. A spike of a thousand events is
/// seen before a slow gear can have written it.
const LOOKS_EVERY: Duration = Duration::from_millis(20);

/// How long a delivery that others might write stays with a sink that is down.
const LETS_GO_AFTER: Duration = Duration::from_secs(3);

/// How fast a consumer works, and how it retries.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConsumerConfig {
    /// A backlog above this engages the fast gear.
    pub engage_above: usize,
    /// A backlog at or below this releases it.
    pub release_at: usize,
    /// The slow gear: gentle on the database.
    pub slow: Speed,
    /// The fast gear.
    pub fast: Speed,
    /// What happens while the sink is down.
    pub retry: RetryConfig,
}

impl Default for ConsumerConfig {
    fn default() -> Self {
        Self {
            engage_above: 1_000,
            release_at: 0,
            slow: Speed { batch_events_max: 100, writers: 1, pause_ms: 0 },
            fast: Speed { batch_events_max: 5_000, writers: 5, pause_ms: 0 },
            retry: RetryConfig::default(),
        }
    }
}

/// What brings the events of a backlog into a sink.
#[derive(Debug, Clone, Copy)]
pub struct Consumer;

impl Consumer {
    /// Starts delivering.
    ///
    /// Connects at once, but does not wait for it: a sink that is down is no reason not to start.
    ///
    /// # Errors
    /// What no retry can change: thresholds that make no gears, a SQLite with a known fault, or no
    /// certificates for the encryption that the URL demands.
    ///
    /// # Panics
    /// Outside of a Tokio runtime.
    pub fn start(
        backlog: Arc<dyn Backlog>,
        sink: &SinkUrl,
        config: &ConsumerConfig,
        seed: u64,
    ) -> Result<ConsumerHandle, ConsumerError> {
        Self::start_at(Place::default(), backlog, sink, config, seed)
    }

    /// One that never delivers: others do.
    pub(crate) fn none(place: &Place) -> ConsumerHandle {
        let board = Board::new("none: others deliver".to_owned(), place);
        let (task, tuning) = (tokio::spawn(async {}), Tuning::none());
        let seats = Seats::new(Arc::new(Backoff::new(RetryConfig::default(), 0)));
        ConsumerHandle { task, tasks: Tasks::new(), board, seats, tuning }
    }

    /// Starts delivering to the place of a route.
    pub(crate) fn start_at(
        place: Place,
        backlog: Arc<dyn Backlog>,
        sink: &SinkUrl,
        config: &ConsumerConfig,
        seed: u64,
    ) -> Result<ConsumerHandle, ConsumerError> {
        let board = Board::new(sink.to_string(), &place);
        match sink {
            SinkUrl::Sqlite(path) => {
                let sink = SqliteSink::new(path.clone(), place)
                    .map_err(|error| ConsumerError::Sink(error.to_string()))?;
                start(backlog, sink, board, config, seed)
            }
            SinkUrl::Postgres(url) => {
                let sink = PostgresSink::new(url, place)
                    .map_err(|error| ConsumerError::Sink(error.to_string()))?;
                start(backlog, sink, board, config, seed)
            }
        }
    }
}

fn start<S: Sink>(
    backlog: Arc<dyn Backlog>,
    sink: S,
    board: Board,
    config: &ConsumerConfig,
    seed: u64,
) -> Result<ConsumerHandle, ConsumerError> {
    let backoff = Backoff::new(config.retry, seed);
    let writers_max = sink.writers_max();
    let table = speed::table(config, writers_max);
    let tenacity = match backlog.is_shared() {
        true => Tenacity::For(LETS_GO_AFTER),
        false => Tenacity::ForEver,
    };
    let writers = table.map(|gear| gear.workers);
    let crew = Crew::new(sink, board.clone(), backoff, tenacity, writers);
    let seats = crew.seats();
    let tasks = Tasks::new();
    let (shifting, burying) = ((board.clone(), crew.clone()), crew.clone());
    // One attempt: what fails, which is what panics, comes again by way of the backlog.
    let retry = forebay::RetryConfig { attempts_max: 1, ..forebay::RetryConfig::default() };
    let pool = Pool::builder(speed::gears(config, 0, 0)?, table.to_vec())
        .tick(LOOKS_EVERY)
        .retry(retry)
        .on_shift(move |shift| {
            shifting.0.shifted(*shift);
            shifting.1.shifted(shift.to);
        })
        .on_dead(move |errand: Errand, reason| {
            burying.panicked(reason);
            drop(errand);
        })
        .batches(Intake::new(Arc::clone(&backlog), seats.clone()), tasks.clone(), crew.clone())?;
    let pool = Arc::new(pool);
    let tuning = Tuning::new(Arc::clone(&pool), crew.clone(), backlog, writers_max);
    let task = tokio::spawn(async move {
        // What workers had taken and not begun goes back to the backlog here.
        drop(pool.join().await);
        crew.close().await;
    });
    Ok(ConsumerHandle { task, tasks, board, seats, tuning })
}

/// Why a consumer cannot start.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum ConsumerError {
    /// The thresholds make no gears.
    Gears(GearsError),
    /// A gear is out of its range.
    Setting(SettingError),
    /// The sink can never work in this program or on this machine.
    Sink(String),
}

impl fmt::Display for ConsumerError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Gears(error) => write!(f, "consumer: {error}"),
            Self::Setting(error) => write!(f, "consumer: {error}"),
            Self::Sink(why) => write!(f, "sink: {why}"),
        }
    }
}

impl std::error::Error for ConsumerError {}

impl From<GearsError> for ConsumerError {
    fn from(error: GearsError) -> Self {
        Self::Gears(error)
    }
}

impl From<SettingError> for ConsumerError {
    fn from(error: SettingError) -> Self {
        Self::Setting(error)
    }
}

/// A consumer that runs. Dropping it stops it; what it had not finished goes back to the backlog.
#[derive(Debug)]
pub struct ConsumerHandle {
    /// Ends when the pool has.
    task: JoinHandle<()>,
    tasks: Tasks,
    board: Board,
    seats: Seats,
    tuning: Tuning,
}

impl ConsumerHandle {
    /// Says how it is doing, as of now.
    #[must_use]
    pub fn status(&self) -> ConsumerStatus {
        self.gauge().status()
    }

    /// Gives out a handle that only reads, for whoever reports.
    #[must_use]
    pub fn gauge(&self) -> ConsumerGauge {
        ConsumerGauge::new(self.board.clone())
    }

    /// Works as fast as `config` says from now on. What is being written is finished as it was begun; who
    /// waits for a sink that is down waits to the end.
    ///
    /// # Errors
    /// Thresholds or gears that [`Consumer::start`] would refuse; then nothing has changed.
    pub fn change(&self, config: &ConsumerConfig) -> Result<(), ConsumerError> {
        self.tuning.change(config)
    }

    /// Delivers what is left, for up to `drain_for`, and ends.
    ///
    /// The backlog must be closed; otherwise this always takes the whole time. What is not
    /// delivered by then is back in the backlog when this returns, except for a batch that a
    /// SQLite file is just writing: it stays in flight.
    ///
    /// # Cancel safety
    /// Dropping the future stops the consumer at once.
    pub async fn drain(mut self, drain_for: Duration) {
        self.seats.give_up();
        self.board.drain();
        if tokio::time::timeout(drain_for, &mut self.task).await.is_err() {
            self.tasks.end().await;
            self.task.abort();
            // Until it has let go of everything. It was just told to: the error is that.
            let _ = (&mut self.task).await;
        }
    }
}

impl Drop for ConsumerHandle {
    fn drop(&mut self) {
        self.tasks.abort();
        self.task.abort();
    }
}
