//! The engine of a stream with a log in front: what it acknowledges is on this machine's own disk, and the server of the
//! stream may be away for a day.
//!
//! ```text
//! append ──▶ disk ──take──▶ forwarder ──append──▶ stream ──take──▶ delivery
//!              ◀── finished, when the server has synced it ──┘
//! ```
//!
//! Nothing is written down of what was forwarded: what the log still has when the process starts is forwarded again.
//! Under the same ids the server takes it for what it has; what was taken out of the stream meanwhile is in a sink, which knows its events.

mod forwarder;
mod plan;

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::watch;
use tokio::task::JoinSet;

use crate::backlog::{Backlog, Durability, Spool, Syncs, Taking};
use crate::jetstream::{self, JetStreamBacklog, JetStreamError, JetStreamOptions, Shares};
use crate::{AppendError, Delivery, DiskBacklog, Event, Group, Limits, Receipt, Snapshot};

/// The longest message that a server takes if it was told nothing else, in bytes.
const PAYLOAD_BYTES_USUAL: usize = 1024 * 1024;

/// How a spool is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct SpoolOptions {
    /// Where events are forwarded to.
    pub stream: JetStreamOptions,
    /// How long events stay on disk after the stream has acknowledged them: longer than the server takes to sync what it has written.
    pub keep: Duration,
    /// How often the server is looked at: whether it is the same one still, with all that it had.
    pub look_every: Duration,
}

impl SpoolOptions {
    /// With what is usual: 180 s for a server that syncs every 120 s, and a look every second.
    #[must_use]
    pub fn new(stream: JetStreamOptions) -> Self {
        SpoolOptions { stream, keep: Duration::from_secs(180), look_every: Duration::from_secs(1) }
    }
}

/// A backlog on disk whose events go on to a stream of NATS JetStream, out of which they are taken.
///
/// An append is answered by the disk alone, so its [limits](Backlog::limits) are those of the disk: events count against them until they
/// were forwarded and [kept](SpoolOptions::keep) long enough.
#[derive(Debug)]
pub struct SpoolBacklog {
    inner: Arc<Inner>,
    /// Ends with it.
    _forwarder: JoinSet<()>,
}

/// What is behind the disk.
#[derive(Debug, Clone)]
enum Link {
    /// The server has not been reached since the start.
    Away,
    There(Arc<JetStreamBacklog>),
    /// It was closed before that.
    Over,
}

struct Inner {
    disk: DiskBacklog,
    options: SpoolOptions,
    link: watch::Sender<Link>,
    told: Mutex<Told>,
}

#[derive(Debug, Default)]
struct Told {
    /// Why the server was not seen, when it was looked at last.
    unseen: Option<String>,
    /// Why the stream did not take what was forwarded last.
    refused: Option<String>,
    /// How often everything was sent again.
    resends: u64,
    /// As it was told last.
    before: Before,
}

/// Counts that only grow.
#[derive(Debug, Clone, Copy, Default)]
struct Before {
    accepted: u64,
    delivered: u64,
}

impl SpoolBacklog {
    /// Puts a log in front of a stream, and begins to forward what is in it.
    ///
    /// A server that is away is no error: events are taken in all the same, and it is tried again.
    ///
    /// # Errors
    /// What the server says when it is there: each [`JetStreamError`] but [`Connect`](JetStreamError::Connect).
    ///
    /// # Cancel safety
    /// Dropping the future leaves at most a stream that is empty.
    ///
    /// # Panics
    /// Outside of a Tokio runtime.
    pub async fn open(disk: DiskBacklog, options: SpoolOptions) -> Result<Self, JetStreamError> {
        let mut told = Told::default();
        let link = match JetStreamBacklog::open(options.stream.clone()).await {
            Ok(stream) => Link::There(before(&disk, stream)),
            Err(error @ JetStreamError::Connect { .. }) => {
                told.unseen = Some(error.to_string());
                Link::Away
            }
            Err(error) => return Err(error),
        };
        let link = watch::Sender::new(link);
        let inner = Arc::new(Inner { disk, options, link, told: told.into() });
        let mut forwarder = JoinSet::new();
        forwarder.spawn(forwarder::run(Arc::clone(&inner)));
        Ok(SpoolBacklog { inner, _forwarder: forwarder })
    }

    /// How many events are out of the stream, here, and not finished.
    pub fn at_hand(&self) -> u64 {
        self.inner.stream().map_or(0, |stream| stream.at_hand())
    }

    async fn take_next(&self, events_max: usize) -> Option<Delivery> {
        let stream = self.inner.connected().await?;
        stream.take(events_max).await
    }
}

/// Puts a log in front of a stream: what is in it, an earlier process may have forwarded.
fn before(disk: &DiskBacklog, stream: JetStreamBacklog) -> Arc<JetStreamBacklog> {
    stream.doubt(disk.snapshot().waiting, 0);
    Arc::new(stream)
}

impl Inner {
    fn told(&self) -> MutexGuard<'_, Told> {
        self.told.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn stream(&self) -> Option<Arc<JetStreamBacklog>> {
        match &*self.link.borrow() {
            Link::There(stream) => Some(Arc::clone(stream)),
            Link::Away | Link::Over => None,
        }
    }

    /// Whether the stream would ever take the events of a group, as far as is known.
    fn fits(&self, group: &Group) -> Result<(), AppendError> {
        let max = self.options.stream.limits.bytes_max;
        let largest = group.events.iter().map(Event::bytes).max().unwrap_or(0);
        if largest > max {
            return Err(AppendError::NeverFits { limit: "bytes_max", size: largest, max });
        }
        let payload_bytes_max = match &*self.link.borrow() {
            Link::There(stream) => stream.payload_bytes_max(),
            Link::Away | Link::Over => PAYLOAD_BYTES_USUAL,
        };
        jetstream::fits(group, payload_bytes_max)
    }

    /// Waits until the server was reached; nothing if it was closed before.
    async fn connected(&self) -> Option<Arc<JetStreamBacklog>> {
        let mut links = self.link.subscribe();
        loop {
            match &*links.borrow_and_update() {
                Link::There(stream) => return Some(Arc::clone(stream)),
                Link::Over => return None,
                Link::Away => {}
            }
            links.changed().await.ok()?;
        }
    }
}

impl Backlog for SpoolBacklog {
    fn append(&self, group: Group) -> Receipt {
        // What the stream would never take would stand in the way of all that comes behind it.
        match self.inner.fits(&group) {
            Ok(()) => self.inner.disk.append(group),
            Err(error) => Receipt::known(Err(error)),
        }
    }

    fn take(&self, events_max: usize) -> Taking<'_> {
        Box::pin(self.take_next(events_max))
    }

    fn waiting(&self) -> usize {
        let there = self.inner.stream().map_or(0, |stream| stream.waiting());
        there.saturating_add(self.inner.disk.waiting())
    }

    fn snapshot(&self) -> Snapshot {
        let mut told = self.inner.told();
        // In this order: what has come into the stream was on disk before.
        let there =
            self.inner.stream().map(|stream| stream.snapshot_and_shares()).unwrap_or_default();
        let here = self.inner.disk.spooled();
        let now = together(here, there, told.before);
        told.before = Before { accepted: now.accepted, delivered: now.delivered };
        now
    }

    fn limits(&self) -> Limits {
        self.inner.disk.limits()
    }

    fn set_limits(&self, limits: Limits) {
        self.inner.disk.set_limits(limits);
    }

    fn durability(&self) -> Durability {
        Durability::Disk
    }

    fn worth(&self) -> Option<String> {
        let SpoolOptions { stream, keep, .. } = &self.inner.options;
        let there = self.inner.stream().and_then(|stream| stream.worth());
        let there = there.unwrap_or_else(|| "not reached yet".to_owned());
        Some(format!(
            "synced to the disk of this machine, which keeps it for {} s after {} has acknowledged it: {there}",
            keep.as_secs_f64(),
            stream.address
        ))
    }

    fn syncs(&self) -> Syncs {
        self.inner.disk.syncs()
    }

    fn spool(&self) -> Option<Spool> {
        let (now, (kept, _)) = self.inner.disk.spooled();
        let told = self.inner.told();
        let waiting = now.waiting + now.in_flight - kept;
        Some(Spool {
            waiting,
            kept,
            bytes: now.bytes,
            oldest_received_at_ms: now.oldest_received_at_ms.filter(|_| waiting > 0),
            resends: told.resends,
            trouble: told.refused.clone().or_else(|| told.unseen.clone()),
        })
    }

    fn fault(&self) -> Option<String> {
        self.inner.disk.fault()
    }

    fn is_shared(&self) -> bool {
        true
    }

    fn close(&self) {
        self.inner.disk.close();
        self.inner.link.send_if_modified(|link| match link {
            Link::There(stream) => {
                stream.close();
                false
            }
            Link::Away | Link::Over => {
                *link = Link::Over;
                true
            }
        });
    }
}

/// Where every event is, on disk or in the stream. Our own of those in the stream have come from here, and are on disk perhaps still.
fn together(
    (here, (_, kept_bytes)): (Snapshot, (u64, u64)),
    (there, Shares { own, unsure, others }): (Snapshot, Shares),
    before: Before,
) -> Snapshot {
    let to_forward = here.accepted.saturating_sub(here.dropped).saturating_sub(own);
    let to_forward = to_forward.min(here.waiting + here.in_flight);
    let is_unsure = unsure > 0;
    let unsure = unsure.min(to_forward);
    let dropped = there.dropped + here.dropped;
    let sure = there.waiting + there.in_flight + there.dead + dropped + to_forward - unsure;
    let accepted = (here.accepted + others).max(before.accepted);
    // What the stream has already is counted there.
    let unsure = unsure.min(accepted.saturating_sub(before.delivered + sure));
    let elsewhere = sure + unsure;
    // A message whose acknowledgement is still to come has less perhaps than the mean that it was taken for.
    let guessed = match is_unsure {
        true => (before.delivered + elsewhere).saturating_sub(accepted).min(there.waiting),
        false => 0,
    };
    let elsewhere = elsewhere - guessed;
    let accepted = accepted.max(before.delivered + elsewhere);
    let oldest = here.oldest_received_at_ms.filter(|_| to_forward > 0);
    Snapshot {
        waiting: elsewhere - there.in_flight - there.dead - dropped,
        bytes: there.bytes + if to_forward > 0 { here.bytes - kept_bytes } else { 0 },
        in_flight: there.in_flight,
        accepted,
        delivered: accepted - elsewhere,
        dropped,
        dead: there.dead,
        damaged: here.damaged + there.damaged,
        oldest_received_at_ms: oldest.into_iter().chain(there.oldest_received_at_ms).min(),
    }
}

impl fmt::Debug for Inner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Inner")
            .field("disk", &self.disk)
            .field("to", &self.options.stream.address)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn here(accepted: u64, in_flight: u64) -> (Snapshot, (u64, u64)) {
        (Snapshot { accepted, in_flight, ..Snapshot::default() }, (0, 0))
    }

    fn there(waiting: u64, own: u64, unsure: u64, others: u64) -> (Snapshot, Shares) {
        (Snapshot { waiting, ..Snapshot::default() }, Shares { own, unsure, others })
    }

    fn counted(now: Snapshot) -> (u64, u64, u64) {
        (now.accepted, now.waiting, now.delivered)
    }

    #[test]
    fn what_came_out_of_the_stream_before_its_acknowledgement_is_counted_once() {
        let before = Before::default();
        assert_eq!(counted(together(here(3, 3), there(0, 0, 3, 0), before)), (3, 3, 0));
        assert_eq!(counted(together(here(3, 3), there(3, 0, 3, 0), before)), (3, 3, 0));
        assert_eq!(counted(together(here(3, 3), there(3, 3, 0, 0), before)), (3, 3, 0));
        assert_eq!(counted(together(here(3, 3), there(0, 3, 0, 0), before)), (3, 0, 3));
    }

    #[test]
    fn what_is_sent_again_is_accepted_once_and_stays_delivered() {
        let before = Before { accepted: 9, delivered: 5 };
        // Four of nine wait in a stream that has lost nothing; in one that has lost them they are still to come.
        assert_eq!(counted(together(here(9, 9), there(4, 0, 9, 0), before)), (9, 4, 5));
        assert_eq!(counted(together(here(9, 9), there(0, 0, 9, 0), before)), (9, 4, 5));
        assert_eq!(counted(together(here(12, 12), there(0, 0, 9, 0), before)), (12, 7, 5));
    }

    #[test]
    fn a_message_that_was_taken_for_a_longer_one_adds_nothing() {
        let before = Before { accepted: 9, delivered: 5 };
        assert_eq!(counted(together(here(9, 9), there(90, 5, 4, 0), before)), (9, 4, 5));
        // What comes once more when nothing is on its way is counted once more.
        assert_eq!(counted(together(here(9, 9), there(6, 9, 0, 0), before)), (11, 6, 5));
    }

    #[test]
    fn what_others_put_into_the_stream_counts_too() {
        let before = Before::default();
        assert_eq!(counted(together(here(2, 2), there(7, 2, 0, 6), before)), (8, 7, 1));
    }
}
