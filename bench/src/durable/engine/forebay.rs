//! forebay's own backlog on disk.

use std::path::Path;

use forebay_backlog::{Appended, Backlog, DiskBacklog, Event, Limits};

use super::{Appending, Engine};
use crate::contender::BACKLOG;
use crate::failure::Failure;

/// Nothing is refused here.
const LIMITS: Limits = Limits { events_max: 1 << 40, bytes_max: 1 << 50 };

/// What is read back in one delivery.
const EVENTS_A_DELIVERY: usize = 4096;

pub(super) struct Forebay {
    backlog: DiskBacklog,
}

impl Forebay {
    pub(super) fn open(folder: &Path) -> Result<Self, Failure> {
        Ok(Forebay { backlog: open(folder)? })
    }
}

impl Engine for Forebay {
    fn append(&self, events: Vec<Event>) -> Appending {
        let receipt = self.backlog.append(events.into());
        Box::pin(async {
            match receipt.await {
                Ok(whole) if whole == Appended::WHOLE => Ok(()),
                Ok(other) => Err(Failure::new(format!("a new event was answered {other:?}"))),
                Err(error) => Err(Failure::because("appending to the backlog", error)),
            }
        })
    }

    fn groups(&self) -> Option<u64> {
        Some(self.backlog.syncs().count).filter(|count| *count > 0)
    }
}

pub(in crate::durable) fn open(folder: &Path) -> Result<DiskBacklog, Failure> {
    DiskBacklog::open(folder.join(BACKLOG), LIMITS)
        .map_err(|error| Failure::because("opening the backlog", error))
}

/// Takes everything out that is there, which must be `count` events.
pub(in crate::durable) async fn read(
    folder: &Path,
    count: u64,
    mut look: impl FnMut(&Event) -> Result<(), Failure>,
) -> Result<(), Failure> {
    let backlog = open(folder)?;
    let there = backlog.snapshot().waiting;
    if there != count {
        return Err(Failure::new(format!("{count} events were appended, {there} are there")));
    }
    backlog.close();
    while let Some(delivery) = backlog.take(EVENTS_A_DELIVERY).await {
        delivery.events().iter().try_for_each(&mut look)?;
        delivery.ack(0);
    }
    Ok(())
}
