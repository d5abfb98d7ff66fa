//! What is known about a consumer: written by its pool and its writers, read by whoever reports.
//!
//! The board also writes the log, because it knows what is news: a sink that stays down is told
//! once, not at every retry.

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use forebay::Shift;
use forebay_backlog::Event;
use tokio::sync::watch;
use tracing::{debug, error, info, warn};

use super::speed::gear_name;
use crate::arrivals::{Arrivals, End};
use crate::clock;
use crate::sink::{
    Class, DeadLetter, Place, SinkError, SinkErrors, SinkState, SinkStatus, Written,
};
use crate::tallies::Tallies;
use crate::traces::Traces;

/// How a consumer is doing, as of now.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct ConsumerStatus {
    /// The gear: 0 is the slow one.
    pub gear: usize,
    /// The gear's name: `slow` or `fast`.
    pub gear_name: &'static str,
    /// Changes of gear since the start.
    pub shifts: u64,
    /// Writers that have something to do, connecting included.
    pub writers_busy: usize,
    /// Writers that may be at work in this gear.
    pub writers_max: usize,
    /// Writes that landed, since the start.
    pub batches: u64,
    /// Rows that are new in the sink since the start.
    pub rows_written: u64,
    /// Events put into `dead_letters` since the start.
    pub dead_letters: u64,
    /// Writers that panicked since the start. Their events were given back.
    pub panics: u64,
    /// How long the last write that landed took.
    pub last_write_ms: Option<u64>,
    /// How the sink is doing.
    pub sink: SinkStatus,
}

/// Reads a consumer's status, however long the consumer lives.
#[derive(Debug, Clone)]
pub struct ConsumerGauge {
    board: Board,
}

impl ConsumerGauge {
    pub(super) fn new(board: Board) -> Self {
        Self { board }
    }

    /// Says how the consumer is doing, as of now.
    #[must_use]
    pub fn status(&self) -> ConsumerStatus {
        self.board.shared.status.borrow().clone()
    }

    /// Waits until the status is as wished, and returns it.
    ///
    /// A status that lasts for less time than it takes to wake up is missed.
    ///
    /// # Cancel safety
    /// Dropping the future changes nothing.
    pub async fn wait_for(&self, is_wished: impl FnMut(&ConsumerStatus) -> bool) -> ConsumerStatus {
        let mut seen = self.board.shared.status.subscribe();
        match seen.wait_for(is_wished).await {
            Ok(status) => status.clone(),
            // Cannot be: this gauge keeps the sender.
            Err(_) => self.status(),
        }
    }
}

#[derive(Clone)]
pub(super) struct Board {
    shared: Arc<Shared>,
}

struct Shared {
    /// The sink's URL, without its password.
    sink: String,
    status: watch::Sender<ConsumerStatus>,
    /// Why the sink is down, as last logged.
    told: Mutex<Option<Class>>,
    is_draining: watch::Sender<bool>,
    /// Who waits for rows.
    arrivals: Arc<Arrivals>,
    tallies: Arc<Tallies>,
    traces: Traces,
}

impl fmt::Debug for Board {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Board").field("sink", &self.shared.sink).finish_non_exhaustive()
    }
}

// The pool.
impl Board {
    pub(super) fn new(sink: String, place: &Place) -> Self {
        let status = ConsumerStatus { gear_name: gear_name(0), ..ConsumerStatus::default() };
        let shared = Shared {
            sink,
            status: watch::Sender::new(status),
            told: Mutex::new(None),
            is_draining: watch::Sender::new(false),
            arrivals: Arc::clone(&place.arrivals),
            tallies: Arc::clone(&place.tallies),
            traces: place.traces.clone(),
        };
        Self { shared: Arc::new(shared) }
    }

    /// So many writers may be at work in the present gear.
    pub(super) fn writers(&self, writers_max: usize) {
        self.write(|status| status.writers_max = writers_max);
    }

    pub(super) fn shifted(&self, shift: Shift) {
        let Shift { from, to, len, why } = shift;
        self.write(|status| {
            status.gear = to;
            status.gear_name = gear_name(to);
            status.shifts += 1;
        });
        debug!(from = gear_name(from), to = gear_name(to), waiting = len, %why, "gear shifted");
    }

    /// One writer more has something to do, until what this returns is dropped.
    pub(super) fn busy(&self) -> Busy {
        self.write(|status| status.writers_busy += 1);
        Busy(self.clone())
    }

    pub(super) fn panicked(&self, reason: &str) {
        self.write(|status| status.panics += 1);
        error!(sink = self.shared.sink, reason, "a writer panicked; its events are given back");
    }

    pub(super) fn drain(&self) {
        self.shared.is_draining.send_replace(true);
    }

    /// Waits until the consumer is to deliver what is left, and end.
    ///
    /// # Cancel safety
    /// Dropping the future changes nothing.
    pub(super) async fn draining(&self) {
        let mut seen = self.shared.is_draining.subscribe();
        // An error cannot be: this board keeps the sender.
        let _ = seen.wait_for(|is_draining| *is_draining).await;
    }
}

/// Somebody has something to do.
pub(super) struct Busy(Board);

impl Drop for Busy {
    fn drop(&mut self) {
        self.0.write(|status| status.writers_busy -= 1);
    }
}

// The writers.
impl Board {
    /// What is told of what they do.
    pub(super) fn traces(&self) -> &Traces {
        &self.shared.traces
    }

    /// The sink answered.
    pub(super) fn up(&self) {
        let mut is_news = false;
        self.write(|status| {
            is_news = status.sink.state != SinkState::Up;
            status.sink.state = SinkState::Up;
            (status.sink.reason, status.sink.hint) = (None, None);
        });
        if is_news {
            *self.told() = None;
            info!(sink = self.shared.sink, "sink is up");
        }
    }

    /// The sink could not do what it was asked to, and it will be asked again.
    pub(super) fn down(&self, error: &SinkError) {
        let hint = error.class.hint();
        self.write(|status| {
            *count(&mut status.sink.errors, error.class) += 1;
            status.sink.state = SinkState::Down;
            status.sink.reason = Some(error.reason.clone());
            status.sink.hint = Some(hint);
        });
        if self.told().replace(error.class) != Some(error.class) {
            warn!(sink = self.shared.sink, reason = error.reason, hint, "sink is down, retrying");
        }
    }

    /// These were handed out before.
    pub(super) fn redelivered(&self, events: usize) {
        self.shared.tallies.redelivered.add(events as u64);
    }

    /// They go to somebody else, or come again.
    pub(super) fn let_go(&self, events: usize) {
        debug!(sink = self.shared.sink, events, "the sink stays down; others may deliver them");
    }

    pub(super) fn refused(&self) {
        self.write(|status| status.sink.errors.refused += 1);
    }

    pub(super) fn landed(&self, events: &[Event], written: Written, took: Duration) {
        // Where some were dead letters before, the sink does not say which.
        let end = if written.dead == 0 { End::Row } else { End::Either };
        self.shared.arrivals.arrived(events.iter().map(|event| event.id), end);
        let tallies = &self.shared.tallies;
        tallies.write.record(took);
        let now_ms = clock::unix_ms();
        for of_one_time in events.chunk_by(|one, next| one.received_at_ms == next.received_at_ms) {
            let age_ms = now_ms.saturating_sub(of_one_time[0].received_at_ms).max(0);
            let age = Duration::from_millis(age_ms.unsigned_abs());
            tallies.end_to_end.record_many(age, of_one_time.len() as u64);
        }
        self.write(|status| {
            status.batches += 1;
            status.rows_written += written.rows;
            status.last_write_ms = Some(u64::try_from(took.as_millis()).unwrap_or(u64::MAX));
        });
    }

    pub(super) fn buried(&self, letters: &[DeadLetter]) {
        self.shared.arrivals.arrived(letters.iter().map(|letter| letter.event.id), End::Dead);
        let letters = letters.len() as u64;
        self.write(|status| status.dead_letters += letters);
        // Not the reason: it may quote the event.
        warn!(
            sink = self.shared.sink,
            events = letters,
            "the database refuses events; they are in dead_letters, with the reason"
        );
    }
}

impl Board {
    fn write(&self, change: impl FnOnce(&mut ConsumerStatus)) {
        self.shared.status.send_modify(change);
    }

    fn told(&self) -> MutexGuard<'_, Option<Class>> {
        self.shared.told.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn count(errors: &mut SinkErrors, class: Class) -> &mut u64 {
    match class {
        Class::Refused => &mut errors.refused,
        Class::Unreachable => &mut errors.unreachable,
        Class::Login => &mut errors.login,
        Class::Schema => &mut errors.schema,
        Class::File => &mut errors.file,
        Class::Full => &mut errors.full,
        Class::Busy => &mut errors.busy,
        Class::Other => &mut errors.other,
    }
}
