//! What every engine can do.

use std::fmt;
use std::future::Future;
use std::pin::Pin;

#[cfg(doc)]
use crate::AppendError;
use crate::{Delivery, Group, Limits, Receipt, Snapshot};

/// What comes of a take: a delivery, once there is one; nothing when there will be no more.
pub type Taking<'a> = Pin<Box<dyn Future<Output = Option<Delivery>> + Send + 'a>>;

/// A queue that outlives a request: [`MemoryBacklog`](crate::MemoryBacklog) or
/// [`DiskBacklog`](crate::DiskBacklog).
///
/// Every handle is of the same backlog; the last one that is dropped lets go of what it holds.
pub trait Backlog: fmt::Debug + Send + Sync {
    /// Takes a group in, all or nothing. The receipt answers once [what it
    /// promises](Self::durability) holds.
    ///
    /// Whether the limits allow it is decided at once, in this call; nothing waits for room. A
    /// request that is [remembered](crate::Mark) is not taken in again, and answered what the first
    /// one was; if that is still on its way, both are answered when it is there.
    ///
    /// # Errors
    /// The receipt's: [`AppendError::Full`] when it would exceed a limit,
    /// [`AppendError::NeverFits`] when it does so by itself, [`AppendError::Closed`] after
    /// [`close`](Self::close), [`AppendError::KeyReused`], [`AppendError::NoSpace`] and [`AppendError::Broken`] of an engine
    /// that writes. Nothing of the group was taken then.
    ///
    /// # Cancel safety
    /// A receipt that is dropped changes nothing: the group is taken in all the same.
    fn append(&self, group: Group) -> Receipt;

    /// Takes the oldest events out, up to `events_max`, waiting without spinning until there is
    /// one. `None` means [closed](Self::close) and everything finished.
    ///
    /// A delivery that was given back comes again whole, even if it is longer.
    ///
    /// # Cancel safety
    /// Dropping the future takes nothing out.
    fn take(&self, events_max: usize) -> Taking<'_>;

    /// How many events wait for a consumer, those given back aside: what gears look at.
    fn waiting(&self) -> usize;

    /// One consistent look at where every event is.
    fn snapshot(&self) -> Snapshot;

    /// The limits in force.
    fn limits(&self) -> Limits;

    /// Goes by other limits from now on. What is there stays, even if it is more than they allow.
    ///
    /// An engine whose limits are kept by others, too, goes on with its own:
    /// [`limits`](Self::limits) says which are in force.
    fn set_limits(&self, limits: Limits) {
        let _ = limits;
    }

    /// What holds when a group is acknowledged.
    fn durability(&self) -> Durability;

    /// What an acknowledgement is worth where that depends on somebody else's server, in a sentence.
    fn worth(&self) -> Option<String> {
        None
    }

    /// What bringing groups to disk has taken so far; nothing, for an engine that does not.
    fn syncs(&self) -> Syncs {
        Syncs::default()
    }

    /// What lies on this machine in front of a stream that others share; nothing, for an engine without that.
    fn spool(&self) -> Option<Spool> {
        None
    }

    /// Why nothing can be taken in until the process is started again; `None` while all is well.
    fn fault(&self) -> Option<String> {
        None
    }

    /// Whether the disk was full when something last came, and still is; then it is looked at, which
    /// takes as long as a write does.
    fn is_out_of_room(&self) -> bool {
        false
    }

    /// Whether others may take from it, too: then whoever takes what he cannot finish keeps it from them, and should [let it
    /// go](Delivery::let_go).
    fn is_shared(&self) -> bool {
        false
    }

    /// Takes nothing more in. What is there can still be taken and finished; an engine on disk keeps
    /// what is not.
    fn close(&self);
}

/// What bringing groups to disk has taken since the backlog was opened: figures to set metrics from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct Syncs {
    /// How many syncs there were.
    pub count: u64,
    /// How many events they brought to disk.
    pub events: u64,
    /// How long they took, in microseconds, all together.
    pub sum_us: u64,
    /// How long the last one took, in microseconds.
    pub last_us: u64,
    /// How many events the last one brought to disk.
    pub last_events: u64,
}

/// What lies on this machine in front of a stream that others share.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct Spool {
    /// Events that the stream does not have yet.
    pub waiting: u64,
    /// Events that it has, and that are kept here until its server has synced them.
    pub kept: u64,
    /// What both count against the limit, in bytes.
    pub bytes: u64,
    /// When the oldest event was accepted that the stream does not have yet, in milliseconds of Unix time.
    pub oldest_received_at_ms: Option<i64>,
    /// How often the server may have lost what it had, and everything was sent again.
    pub resends: u64,
    /// Why nothing goes on to the stream; `None` while all is well.
    pub trouble: Option<String>,
}

/// What an acknowledgement promises.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Durability {
    /// The group is in memory, and lost with the process.
    Memory,
    /// The group is on disk, and survives the loss of everything that was not synced.
    Disk,
    /// The group is in a stream of NATS JetStream; what that is worth, [the backlog
    /// knows](Backlog::worth).
    JetStream,
}

impl Durability {
    /// The word for it, in answers and on pages.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Durability::Memory => "memory",
            Durability::Disk => "disk",
            Durability::JetStream => "jetstream",
        }
    }
}

impl fmt::Display for Durability {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}
