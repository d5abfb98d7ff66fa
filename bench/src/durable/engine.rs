//! Who keeps events on disk here: forebay's backlog, and the storage that it could have been built on.

pub(super) mod forebay;
mod grouped;
mod redb;
mod sqlite;

use std::future::Future;
use std::path::Path;
use std::pin::Pin;

use ::forebay_backlog::Event;
use clap::ValueEnum;

use super::event::{Mint, Seen};
use crate::failure::Failure;

/// One who is measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(super) enum EngineKind {
    /// `DiskBacklog`.
    Forebay,
    /// A row a group in SQLite, write-ahead log, `synchronous=FULL`.
    Sqlite,
    /// A row a group in redb, a commit each.
    Redb,
}

/// What comes of an append: an answer, once the events are on disk.
pub(super) type Appending = Pin<Box<dyn Future<Output = Result<(), Failure>> + Send>>;

/// What can be appended to by many at once.
pub(super) trait Engine {
    fn append(&self, events: Vec<Event>) -> Appending;

    /// How many groups have gone to disk, where that is not the number of syncs.
    fn groups(&self) -> Option<u64>;
}

impl EngineKind {
    pub(super) const ALL: [Self; 3] = [Self::Forebay, Self::Sqlite, Self::Redb];

    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Forebay => "forebay `disk:`",
            Self::Sqlite => "SQLite, a row a group",
            Self::Redb => "redb, a row a group",
        }
    }

    /// Opens it in `folder`, which is new.
    pub(super) fn open(self, folder: &Path) -> Result<Box<dyn Engine>, Failure> {
        Ok(match self {
            Self::Forebay => Box::new(forebay::Forebay::open(folder)?),
            Self::Sqlite => Box::new(grouped::Grouped::over(sqlite::Rows::open(folder)?)?),
            Self::Redb => Box::new(grouped::Grouped::over(redb::Rows::open(folder)?)?),
        })
    }

    /// Opens it again and looks whether all events from 0 up to `count` are there, once, as they were.
    pub(super) async fn check(self, folder: &Path, mint: &Mint, count: u64) -> Result<(), Failure> {
        let mut seen = Seen::default();
        let look = |event: &Event| seen.note(mint.number_of(event.id, &event.body)?);
        match self {
            Self::Forebay => forebay::read(folder, count, look).await?,
            Self::Sqlite => grouped::read(&sqlite::read(folder)?, look)?,
            Self::Redb => grouped::read(&redb::read(folder)?, look)?,
        }
        seen.check_all(count)
    }
}
