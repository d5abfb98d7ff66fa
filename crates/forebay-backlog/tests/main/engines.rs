//! Every engine, for what all of them promise.

use std::ops::Deref;
use std::sync::Arc;

use forebay_backlog::{AppendError, Appended, Backlog, DiskBacklog, Group, Limits, MemoryBacklog};
use futures_lite::future::block_on;
use tempfile::TempDir;

/// Which engine.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Memory,
    Disk,
    #[cfg(feature = "jetstream")]
    JetStream,
    /// A disk in front of a stream.
    #[cfg(feature = "jetstream")]
    Spool,
}

/// A backlog, and what it is on.
#[derive(Debug)]
pub(crate) struct Stage {
    // Dropped in this order: first the backlog.
    backlog: Arc<dyn Backlog>,
    ground: Ground,
}

#[derive(Debug)]
enum Ground {
    Folder {
        _folder: TempDir,
    },
    #[cfg(feature = "jetstream")]
    Server(crate::jetstream::Ground),
    #[cfg(feature = "jetstream")]
    Spool(crate::spool::Ground),
}

impl Stage {
    pub(crate) fn new(kind: Kind, limits: Limits) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let backlog: Arc<dyn Backlog> = match kind {
            Kind::Memory => Arc::new(MemoryBacklog::new(limits)),
            Kind::Disk => {
                Arc::new(DiskBacklog::open(folder.path(), limits).expect("an empty folder"))
            }
            #[cfg(feature = "jetstream")]
            Kind::JetStream => {
                let (backlog, ground) = crate::jetstream::Ground::new(limits);
                return Stage { backlog, ground: Ground::Server(ground) };
            }
            #[cfg(feature = "jetstream")]
            Kind::Spool => {
                let (backlog, ground) = crate::spool::Ground::new(limits);
                return Stage { backlog, ground: Ground::Spool(ground) };
            }
        };
        Stage { backlog, ground: Ground::Folder { _folder: folder } }
    }

    /// One that is never full.
    pub(crate) fn roomy(kind: Kind) -> Self {
        Stage::new(kind, ROOMY)
    }

    /// Appends, and waits until what is promised holds.
    pub(crate) fn put(&self, group: impl Into<Group>) -> Result<Appended, AppendError> {
        let outcome = block_on(self.append(group.into()));
        match &self.ground {
            Ground::Folder { .. } => {}
            #[cfg(feature = "jetstream")]
            Ground::Server(ground) => ground.settle(),
            #[cfg(feature = "jetstream")]
            Ground::Spool(ground) => ground.settle(),
        }
        outcome
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

/// The same, for those of more than one machine, too.
macro_rules! for_all {
    ($($name:ident)*) => {
        $crate::engines::for_unspooled! { $($name)* }
        #[cfg(feature = "jetstream")]
        mod spool {
            $(#[test]
            fn $name() {
                super::$name($crate::engines::Kind::Spool);
            })*
        }
    };
}
pub(crate) use for_all;

/// The same without a spool, which has room again when its events were forwarded, and not when they are in a sink.
macro_rules! for_unspooled {
    ($($name:ident)*) => {
        $crate::engines::for_both! { $($name)* }
        #[cfg(feature = "jetstream")]
        mod jetstream {
            $(#[test]
            fn $name() {
                super::$name($crate::engines::Kind::JetStream);
            })*
        }
    };
}
pub(crate) use for_unspooled;
