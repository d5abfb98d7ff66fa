//! Writes events into a SQLite file.
//!
//! One transaction a batch, with `synchronous=FULL`: once the backlog is told that a batch is
//! delivered, the file is the only place that has it, so it must be on disk by then. Every call
//! into SQLite blocks, so each runs on one of the runtime's threads for that.

mod care;
mod classify;
mod insert;
mod schema;
mod trial;

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use rusqlite::OpenFlags;

use super::{Batch, Care, Class, Connection, DeadLetter, InPart, Place, Sink, SinkError, Written};
use insert::Sql;

/// The oldest SQLite without the bug in resetting a write-ahead log that could lose commits.
const VERSION_MIN: i32 = 3_051_003;

/// How long a write waits for another program's lock before it is reported and retried.
const BUSY_MS_MAX: u64 = 5_000;

/// A SQLite file.
#[derive(Debug)]
pub(crate) struct SqliteSink {
    path: PathBuf,
    place: Place,
}

impl SqliteSink {
    /// Names a file and the place of a route in it; nothing is opened yet.
    ///
    /// # Errors
    /// This program is linked to a SQLite that is too old: the two versions.
    pub(crate) fn new(path: PathBuf, place: Place) -> Result<Self, SqliteTooOld> {
        check_version(rusqlite::version_number())?;
        Ok(Self { path, place })
    }

    fn sql(&self) -> Arc<Sql> {
        Arc::new(Sql::new(&self.place))
    }
}

/// The version of SQLite that this program is linked to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct SqliteTooOld(pub(crate) i32);

fn check_version(version: i32) -> Result<(), SqliteTooOld> {
    if version < VERSION_MIN { Err(SqliteTooOld(version)) } else { Ok(()) }
}

impl std::fmt::Display for SqliteTooOld {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let version = |number: i32| {
            format!("{}.{}.{}", number / 1_000_000, number / 1_000 % 1_000, number % 1_000)
        };
        let (found, needed) = (version(self.0), version(VERSION_MIN));
        write!(f, "linked to SQLite {found}, which can lose commits; build with {needed} or later")
    }
}

impl Sink for SqliteSink {
    type Connection = SqliteConnection;

    /// A SQLite file takes one writer at a time.
    fn writers_max(&self) -> usize {
        1
    }

    async fn connect(&self) -> Result<SqliteConnection, SinkError> {
        let (path, place) = (self.path.clone(), self.place.clone());
        let sql = self.sql();
        let prepared = Arc::clone(&sql);
        let connection = blocking(move || {
            let connection = open(&path, OpenFlags::SQLITE_OPEN_CREATE)?;
            schema::prepare(&connection, &place, &prepared)?;
            Ok(connection)
        })
        .await?;
        Ok(SqliteConnection { connection: Some(connection), sql })
    }
}

/// The one writer's connection.
#[derive(Debug)]
pub(crate) struct SqliteConnection {
    /// `None` while a thread has it, and for good when that thread was not waited for.
    connection: Option<rusqlite::Connection>,
    sql: Arc<Sql>,
}

impl SqliteConnection {
    async fn run<T: Send + 'static>(
        &mut self,
        job: impl FnOnce(&mut rusqlite::Connection) -> Result<T, SinkError> + Send + 'static,
    ) -> Result<T, SinkError> {
        let Some(mut connection) = self.connection.take() else {
            return Err(SinkError::new(Class::Other, "an earlier write was abandoned"));
        };
        let (connection, outcome) = blocking(move || {
            let outcome = job(&mut connection);
            (connection, outcome)
        })
        .await;
        // After an error of the file nothing that SQLite remembers of it is trusted.
        let is_broken = matches!(&outcome, Err(error)
            if matches!(error.class, Class::File | Class::Unreachable | Class::Other));
        self.connection = (!is_broken).then_some(connection);
        outcome
    }
}

impl Connection for SqliteConnection {
    fn is_usable(&self) -> bool {
        self.connection.is_some()
    }

    async fn write(&mut self, batch: Batch, _care: Care) -> Result<Written, SinkError> {
        // It always looks before writing: nothing is faster without.
        let sql = Arc::clone(&self.sql);
        self.run(move |connection| insert::events(connection, &sql, batch.events())).await
    }

    async fn write_in_part(&mut self, batch: Batch) -> Result<Option<InPart>, SinkError> {
        let sql = Arc::clone(&self.sql);
        self.run(move |connection| insert::in_part(connection, &sql, batch.events()).map(Some))
            .await
    }

    async fn bury(&mut self, dead: Vec<DeadLetter>) -> Result<(), SinkError> {
        let sql = Arc::clone(&self.sql);
        self.run(move |connection| insert::dead_letters(connection, &sql, &dead)).await
    }

    async fn close(self) {
        // The last connection to a file moves the rest of the log into it, and removes the log.
        blocking(|| drop(self.connection)).await;
    }
}

/// Runs `job` on a thread that may block; a panic there is a panic here.
async fn blocking<T: Send + 'static>(job: impl FnOnce() -> T + Send + 'static) -> T {
    match tokio::task::spawn_blocking(job).await {
        Ok(value) => value,
        Err(error) => match error.try_into_panic() {
            Ok(panic) => std::panic::resume_unwind(panic),
            // Only a runtime that is shutting down cancels; nobody polls this future again.
            Err(_) => std::future::pending().await,
        },
    }
}

fn open(path: &Path, create: OpenFlags) -> Result<rusqlite::Connection, SinkError> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX | create;
    let opened = rusqlite::Connection::open_with_flags(path, flags);
    opened.map_err(|error| classify::error(&error))
}

/// No row was written: whatever refuses is about the tables.
fn of_schema(error: &rusqlite::Error) -> SinkError {
    let mut error = classify::error(error);
    if error.class.is_refused() {
        error.class = Class::Schema;
    }
    error
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use forebay_backlog::{Event, Limits, MemoryBacklog};

    use super::*;

    #[test]
    fn an_old_sqlite_is_refused_and_both_versions_named() {
        let error = check_version(3_040_001).expect_err("too old");
        assert_eq!(
            error.to_string(),
            "linked to SQLite 3.40.1, which can lose commits; build with 3.51.3 or later"
        );
        assert_eq!(check_version(VERSION_MIN), Ok(()));
    }

    #[test]
    fn the_sqlite_we_are_linked_to_is_new_enough() {
        assert_eq!(check_version(rusqlite::version_number()), Ok(()));
    }

    #[tokio::test]
    async fn the_same_rows_land_once_there_is_room() {
        let folder = tempfile::TempDir::new().expect("a temporary folder");
        let sink =
            SqliteSink::new(folder.path().join("sink.db"), Place::default()).expect("new enough");
        let mut connection = sink.connect().await.expect("it opens");
        let backlog = MemoryBacklog::new(Limits { events_max: 100, bytes_max: 1 << 20 });
        let body: bytes::Bytes = format!("\"{}\"", "x".repeat(5_000)).into();
        let event = |number| Event {
            id: uuid::Uuid::from_u128(number),
            received_at_ms: 0,
            attributes: "{}".into(),
            body: body.clone(),
            key: None,
        };
        backlog.append((0..100).map(event).collect()).expect("room");
        let delivery = Arc::new(backlog.take(100).await.expect("events wait"));
        let batch = Batch::new(Arc::clone(&delivery), 0..100);

        limit_pages(&mut connection, 20);
        let error = connection.write(batch.clone(), Care::First).await.expect_err("no room");
        assert_eq!((error.class, error.row), (Class::Full, None));
        assert!(connection.is_usable());

        limit_pages(&mut connection, 2_000);
        let written = connection.write(batch, Care::Again).await.expect("room");
        assert_eq!(written, Written { rows: 100, dead: 0 });
    }

    fn limit_pages(connection: &mut SqliteConnection, pages: u32) {
        let connection = connection.connection.as_ref().expect("idle");
        let sql = format!("PRAGMA max_page_count = {pages}");
        connection.query_row(&sql, [], |_| Ok(())).expect("it answers");
    }
}
