//! Takes events from the backlog and writes them to a sink, in a gear that follows the backlog.
//!
//! ```text
//! backlog ──take──▶ dispatch ──delivery──▶ writer ──▶ sink
//!                   (one, decides)         (one or more, each with its connection)
//! ```
//!
//! - Whatever waits is written at once; while a write is under way, the next batch gathers. There
//!   is no timer in this, and an idle consumer uses no processor time.
//! - A sink that is down is tried again for ever, ever more seldom. Its events stay undelivered,
//!   and nobody but the backlog's limits ever notices.
//! - An event that the database refuses is found by halving its batch and kept in `dead_letters`.
//!   Every event ends up in `events` or there, once.

mod bisect;
mod board;
mod dispatch;
mod retry;
mod speed;
mod writer;

#[cfg(test)]
mod promises;

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use forebay::{Gears, GearsError};
use forebay_backlog::Backlog;
use tokio::task::JoinHandle;

use crate::sink::{PostgresSink, Sink, SinkUrl, SqliteSink};
use board::Board;
use dispatch::Dispatch;
use retry::Backoff;

pub use board::{ConsumerGauge, ConsumerStatus};
pub use retry::RetryConfig;
pub use speed::{BATCH_EVENTS_MAX, Speed, WRITERS_MAX};

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
            slow: Speed { batch_events_max: 100, writers: 1 },
            fast: Speed { batch_events_max: 5_000, writers: 2 },
            retry: RetryConfig::default(),
        }
    }
}

/// The loop between a backlog and a sink.
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
        let gears = Gears::two(config.engage_above, config.release_at)?;
        let name = sink.to_string();
        match sink {
            SinkUrl::Sqlite(path) => {
                let sink = SqliteSink::new(path.clone())
                    .map_err(|error| ConsumerError::Sink(error.to_string()))?;
                Ok(start(backlog, sink, name, gears, config, seed))
            }
            SinkUrl::Postgres(url) => {
                let sink = PostgresSink::new(url)
                    .map_err(|error| ConsumerError::Sink(error.to_string()))?;
                Ok(start(backlog, sink, name, gears, config, seed))
            }
        }
    }
}

fn start<S: Sink>(
    backlog: Arc<dyn Backlog>,
    sink: S,
    name: String,
    gears: Gears,
    config: &ConsumerConfig,
    seed: u64,
) -> ConsumerHandle {
    let board = Board::new(name);
    let backoff = Backoff::new(config.retry, seed);
    let speeds = [config.slow, config.fast].map(|speed| speed.within(sink.writers_max()));
    let dispatch = Dispatch::new(backlog, sink, gears, speeds, board.clone(), backoff);
    ConsumerHandle { task: tokio::spawn(dispatch.run()), board }
}

/// Why a consumer cannot start.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum ConsumerError {
    /// The thresholds make no gears.
    Gears(GearsError),
    /// The sink can never work in this program or on this machine.
    Sink(String),
}

impl fmt::Display for ConsumerError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Gears(error) => write!(f, "consumer: {error}"),
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

/// A consumer that runs. Dropping it stops it; what it had not finished goes back to the backlog.
#[derive(Debug)]
pub struct ConsumerHandle {
    task: JoinHandle<()>,
    board: Board,
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

    /// Delivers what is left, for up to `drain_for`, and ends.
    ///
    /// The backlog must be closed; otherwise this always takes the whole time. What is not
    /// delivered by then is back in the backlog when this returns, except for a batch that a
    /// SQLite file is just writing: it stays in flight.
    ///
    /// # Cancel safety
    /// Dropping the future stops the consumer at once.
    pub async fn drain(mut self, drain_for: Duration) {
        self.board.drain();
        if tokio::time::timeout(drain_for, &mut self.task).await.is_err() {
            self.task.abort();
            // Until it has let go of everything. It was just told to: the error is that.
            let _ = (&mut self.task).await;
        }
    }
}

impl Drop for ConsumerHandle {
    fn drop(&mut self) {
        self.task.abort();
    }
}
