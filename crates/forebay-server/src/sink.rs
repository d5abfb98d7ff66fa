//! Where a consumer writes: a SQLite file or a PostgreSQL database.
//!
//! A sink takes batches whole or not at all, and takes the same event twice without storing it
//! twice: the id is the key of its table. Whatever it answers is sorted into two kinds. *Refused*
//! is about a row and will not change by waiting; *down* is about the database and will. Nothing
//! here retries, waits or counts; that is the consumer's.

mod batch;
mod error;
mod layout;
mod letters;
mod place;
mod status;
mod table;
mod timestamp;
mod url;

mod postgres;
mod sqlite;

#[cfg(test)]
mod mapped;

use std::future::Future;
use std::time::Duration;

pub(crate) use batch::{Batch, cuts};
pub(crate) use error::{Class, SinkError};
pub(crate) use layout::{Found, Layout, cells};
pub(crate) use letters::Letters;
pub use letters::{DeadFilter, Json, Letter};
pub(crate) use place::{Place, Watermark};
pub(crate) use postgres::PostgresSink;
pub(crate) use sqlite::SqliteSink;
pub use status::{SinkErrors, SinkState, SinkStatus};
pub use table::{Table, TableError};
pub use url::{PostgresUrl, SinkUrl, SinkUrlError};

use forebay_backlog::Event;

/// A database that can be connected to, as often as its writers need.
pub(crate) trait Sink: Send + Sync + 'static {
    /// What a writer holds while it writes.
    type Connection: Connection;

    /// How many writers gain anything at one time.
    fn writers_max(&self) -> usize;

    /// Connects, creates missing tables and proves that they can take rows.
    fn connect(&self) -> impl Future<Output = Result<Self::Connection, SinkError>> + Send;
}

/// One writer's connection to a sink.
pub(crate) trait Connection: Send + 'static {
    /// Whether the next write has a chance. One that says no is replaced.
    fn is_usable(&self) -> bool;

    /// Writes a batch: all of its rows are in the database when this returns `Ok`, none otherwise.
    ///
    /// `Err` with a class that is not refused may also mean that the answer was lost on its way:
    /// the rows may be there. The next try must then be [`Care::Again`].
    fn write(
        &mut self,
        batch: Batch,
        care: Care,
    ) -> impl Future<Output = Result<Written, SinkError>> + Send;

    /// Writes what the database takes of a batch that it has refused, in one transaction, and says what it
    /// refuses of it. `None` when this database cannot, or may not; nothing is written then.
    ///
    /// As after a [`write`](Self::write), rows may be there after an `Err`.
    fn write_in_part(
        &mut self,
        _batch: Batch,
    ) -> impl Future<Output = Result<Option<InPart>, SinkError>> + Send {
        std::future::ready(Ok(None))
    }

    /// Puts rows that the database refused into `dead_letters`: all or none.
    fn bury(&mut self, dead: Vec<DeadLetter>)
    -> impl Future<Output = Result<(), SinkError>> + Send;

    /// Takes leave, and returns when everything that belonged to the connection is freed.
    fn close(self) -> impl Future<Output = ()> + Send;
}

/// Whether the events of a batch may have been in the database before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Care {
    /// Nobody has tried to write them yet: the fastest way will do.
    First,
    /// Nobody is known to have: the fastest way will do, if it notices when they are in `events` or in
    /// `dead_letters`.
    Perhaps,
    /// They may be in `events` or in `dead_letters` already: look before writing.
    Again,
}

/// What a successful write did.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Written {
    /// Rows that are new in `events`. The rest were there.
    pub(crate) rows: u64,
    /// Events left out because they are in `dead_letters`.
    pub(crate) dead: u64,
}

/// What a write of a part did.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct InPart {
    pub(crate) written: Written,
    /// Rows that were refused, counted from the start of the batch, in their order.
    pub(crate) refused: Vec<(usize, SinkError)>,
    pub(crate) took: Duration,
}

/// An event that the database refused, on its way to `dead_letters`.
#[derive(Debug, Clone)]
pub(crate) struct DeadLetter {
    pub(crate) event: Event,
    /// What the database said.
    pub(crate) reason: String,
    /// How many writes the event was part of.
    pub(crate) attempts: u32,
}
