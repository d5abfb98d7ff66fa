//! Both engines, for what they both promise.

use std::ops::Deref;

use forebay_backlog::{AppendError, Appended, Backlog, DiskBacklog, Group, Limits, MemoryBacklog};
use futures_lite::future::block_on;
use tempfile::TempDir;

/// Which engine.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Memory,
    Disk,
}

/// A backlog, and the folder it is in.
#[derive(Debug)]
pub(crate) struct Stage {
    backlog: Box<dyn Backlog>,
    _folder: TempDir,
}

impl Stage {
    pub(crate) fn new(kind: Kind, limits: Limits) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let backlog: Box<dyn Backlog> = match kind {
            Kind::Memory => Box::new(MemoryBacklog::new(limits)),
            Kind::Disk => {
                Box::new(DiskBacklog::open(folder.path(), limits).expect("an empty folder"))
            }
        };
        Stage { backlog, _folder: folder }
    }

    /// One that is never full.
    pub(crate) fn roomy(kind: Kind) -> Self {
        Stage::new(kind, ROOMY)
    }

    /// Appends, and waits until what is promised holds.
    pub(crate) fn put(&self, group: impl Into<Group>) -> Result<Appended, AppendError> {
        block_on(self.append(group.into()))
    }
}

pub(crate) const ROOMY: Limits = Limits { events_max: u64::MAX, bytes_max: u64::MAX };

impl Deref for Stage {
    type Target = dyn Backlog;

    fn deref(&self) -> &Self::Target {
        &*self.backlog
    }
}

/// Makes tests of functions that take a [`Kind`]: one an engine.
macro_rules! for_both {
    ($($name:ident)*) => {
        mod memory {
            $(#[test]
            fn $name() {
                super::$name($crate::engines::Kind::Memory);
            })*
        }
        mod disk {
            $(#[test]
            fn $name() {
                super::$name($crate::engines::Kind::Disk);
            })*
        }
    };
}
pub(crate) use for_both;
