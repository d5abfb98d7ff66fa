//! How a backlog on disk is to be kept.

use crate::{Limits, MarkLimits};

/// How a backlog on disk is to be kept: [`Limits`], and what else there is to say.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct DiskOptions {
    /// How much it takes.
    pub limits: Limits,
    /// For how long it remembers keys.
    pub marks: MarkLimits,
    /// A file of the log is begun anew when it has grown to this, in bytes.
    pub segment_bytes_max: u64,
    /// So many bytes of events wait in memory, to be handed out at once; the rest on disk alone.
    pub window_bytes_max: u64,
}

impl From<Limits> for DiskOptions {
    fn from(limits: Limits) -> Self {
        DiskOptions {
            limits,
            marks: MarkLimits::default(),
            segment_bytes_max: 64 * 1024 * 1024,
            window_bytes_max: 8 * 1024 * 1024,
        }
    }
}
