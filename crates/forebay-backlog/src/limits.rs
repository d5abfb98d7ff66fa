//! How much a backlog takes.

use std::fmt;
use std::sync::Arc;

/// How much a backlog takes before it answers that it is full. Events count until they are
/// finished, in flight or not, so memory stays bounded when the sink stands still.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Events, 1 or more.
    pub events_max: u64,
    /// Bytes, as [`Event::bytes`](crate::Event::bytes) counts them.
    pub bytes_max: u64,
}

impl Limits {
    /// Decides whether `more` fits on top of `held`, both in events and bytes.
    pub(crate) fn admit(&self, held: (u64, u64), more: (u64, u64)) -> Result<(), AppendError> {
        let check = |limit, held: u64, more: u64, max: u64| match held.checked_add(more) {
            _ if more > max => Err(AppendError::NeverFits { limit, size: more, max }),
            Some(sum) if sum <= max => Ok(()),
            _ => Err(AppendError::Full { limit }),
        };
        check("events_max", held.0, more.0, self.events_max)?;
        check("bytes_max", held.1, more.1, self.bytes_max)
    }
}

/// Why a group of events was not taken; not one of it was.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AppendError {
    /// It would exceed a limit.
    Full {
        /// Which: `events_max` or `bytes_max`.
        limit: &'static str,
    },
    /// It exceeds a limit by itself: no waiting will help.
    NeverFits {
        /// Which: `events_max` or `bytes_max`.
        limit: &'static str,
        /// How large the group is, overhead included.
        size: u64,
        /// What the limit is.
        max: u64,
    },
    /// The disk is full. It goes on by itself when there is room.
    NoSpace,
    /// The disk has failed, and what is on it is not known for sure: nothing is taken in until the
    /// process is started again.
    Broken {
        /// What failed.
        why: Arc<str>,
    },
    /// The server that keeps the backlog cannot be reached, or did not answer in time. Whether it has
    /// the group is not known; sent again under the same key it is there once.
    Away {
        /// What failed.
        why: Arc<str>,
    },
    /// A request of this key is remembered, and it was another one: its fingerprint was not this.
    KeyReused,
    /// The backlog is closed: the service is stopping.
    Closed,
}

impl fmt::Display for AppendError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            AppendError::Full { limit } => write!(f, "the backlog is full ({limit} reached)"),
            AppendError::NeverFits { limit, size, max } => {
                write!(f, "one group counts {size} against a {limit} of {max}")
            }
            AppendError::NoSpace => f.write_str("the disk of the backlog is full"),
            AppendError::Broken { why } => {
                write!(f, "the disk of the backlog has failed: {why}; start forebay again")
            }
            AppendError::Away { why } => {
                write!(f, "the server of the backlog is away: {why}")
            }
            AppendError::KeyReused => {
                f.write_str("this key was used before, for a request with something else in it")
            }
            AppendError::Closed => f.write_str("the backlog is closed"),
        }
    }
}

impl std::error::Error for AppendError {}
