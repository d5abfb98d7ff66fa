//! The rows on disk: one SQLite file, one row a group. The only file that knows SQLite.
//!
//! What is committed is on disk before [`commit`](Store::commit) returns: a write-ahead log with
//! `synchronous=FULL`, one sync a transaction. Finished rows are removed along the way; alone
//! they are not worth a sync, and should that be lost, they are delivered once more.

use std::path::Path;
use std::time::Duration;

use bytes::Bytes;
use rusqlite::{Connection, ErrorCode, OptionalExtension, params};

use super::folder::OpenError;

/// The layout of the file that this version writes. It stands in two places: where they differ,
/// one of them is damaged.
const LAYOUT: i64 = 1;

/// Added to the layout in the second place.
const MARK: i64 = 0x4642_0000;

/// Where SQLite has the versions that are needed to write and to read a file: 1 or 2.
const VERSIONS_AT: std::ops::Range<usize> = 18..20;

/// The oldest SQLite without the bug in resetting a write-ahead log that could lose commits.
const SQLITE_VERSION_MIN: i32 = 3_051_003;

/// Another program may look at the file, and locks it for a moment.
const BUSY_MS_MAX: u64 = 10_000;

const CREATE: &str = "
    CREATE TABLE IF NOT EXISTS groups (
        row INTEGER PRIMARY KEY,
        events INTEGER NOT NULL,
        bytes INTEGER NOT NULL,
        blob BLOB NOT NULL
    );
    CREATE TABLE IF NOT EXISTS totals (
        id INTEGER PRIMARY KEY CHECK (id = 1),
        events INTEGER NOT NULL,
        bytes INTEGER NOT NULL
    );
    INSERT OR IGNORE INTO totals VALUES (1, 0, 0);
";

/// A group to write.
#[derive(Debug)]
pub(super) struct Row {
    pub(super) row: i64,
    pub(super) events: u64,
    /// What they count against the limit.
    pub(super) bytes: u64,
    pub(super) blob: Vec<u8>,
}

/// What there is when a file is opened.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Found {
    pub(super) events: u64,
    pub(super) bytes: u64,
    /// The first and the last row.
    pub(super) rows: Option<(i64, i64)>,
}

/// Whether a commit is on disk when it returns.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Promise {
    OnDisk,
    Sometime,
}

/// Why rows could not be written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum StoreError {
    /// Nothing was written; with more room it would be.
    NoSpace,
    /// What is on disk is not known any more. It must not be tried again in this process: the
    /// kernel tells of a failed sync only once.
    Broken(String),
}

pub(super) struct Store {
    connection: Connection,
    promise: Promise,
}

impl Store {
    /// Opens the file, or makes it, for the one who writes.
    pub(super) fn open(path: &Path) -> Result<Self, OpenError> {
        if rusqlite::version_number() < SQLITE_VERSION_MIN {
            return Err(OpenError::SqliteTooOld { found: rusqlite::version() });
        }
        if has_impossible_versions(path) {
            let error = "its header names no version there is".to_owned();
            return Err(OpenError::Damaged { path: path.to_owned(), error });
        }
        let connection = connect(path).map_err(|error| cannot_be_used(path, &error))?;
        check_layout(&connection, path)?;
        let store = Store { connection, promise: Promise::OnDisk };
        store.prepare().map_err(|error| cannot_be_used(path, &error))?;
        Ok(store)
    }

    fn prepare(&self) -> rusqlite::Result<()> {
        self.connection.pragma_update(None, "journal_mode", "WAL")?;
        self.connection.pragma_update(None, "synchronous", "FULL")?;
        self.connection.execute_batch(CREATE)?;
        self.connection.pragma_update(None, "application_id", MARK + LAYOUT)?;
        self.connection.pragma_update(None, "user_version", LAYOUT)
    }

    /// What there is.
    pub(super) fn found(&self) -> rusqlite::Result<Found> {
        let sum = "SELECT events, bytes FROM totals WHERE id = 1";
        let (events, bytes) =
            self.connection.query_row(sum, [], |row| Ok((count(row, 0)?, count(row, 1)?)))?;
        let ends = "SELECT (SELECT min(row) FROM groups), (SELECT max(row) FROM groups)";
        let (first, last): (Option<i64>, Option<i64>) =
            self.connection.query_row(ends, [], |row| Ok((row.get(0)?, row.get(1)?)))?;
        Ok(Found { events, bytes, rows: first.zip(last) })
    }

    /// Whether the file is damaged, as far as that can be told: its totals and its rows do not go
    /// together, or, if it has no more than `look_through_bytes_max`, SQLite finds fault with it.
    pub(super) fn is_damaged(&self, look_through_bytes_max: u64) -> bool {
        let Ok(found) = self.found() else { return true };
        if (found.events > 0) != found.rows.is_some() {
            return true;
        }
        let pages = |pragma: &str| {
            self.connection.query_row(pragma, [], |row| count(row, 0)).unwrap_or(u64::MAX)
        };
        let bytes = pages("PRAGMA page_count").saturating_mul(pages("PRAGMA page_size"));
        if bytes > look_through_bytes_max {
            return false;
        }
        let check = self.connection.query_row("PRAGMA quick_check(1)", [], |row| row.get(0));
        let sum = "SELECT coalesce(sum(events), 0) FROM groups";
        let events = self.connection.query_row(sum, [], |row| count(row, 0));
        !matches!(check, Ok::<String, _>(answer) if answer == "ok") || events != Ok(found.events)
    }

    /// Brings everything that was committed to disk, and into the file itself.
    pub(super) fn sync(&mut self) -> rusqlite::Result<()> {
        self.promise(Promise::OnDisk)?;
        self.connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()))
    }

    /// Writes `rows`, and removes those that are finished, in one transaction.
    pub(super) fn commit(
        &mut self,
        rows: &[Row],
        finished: &[i64],
        promise: Promise,
    ) -> Result<(), StoreError> {
        self.promise(promise).and_then(|()| self.write(rows, finished)).map_err(|error| match error
            .sqlite_error_code()
        {
            Some(ErrorCode::DiskFull) => StoreError::NoSpace,
            _ => StoreError::Broken(error.to_string()),
        })
    }

    fn promise(&mut self, promise: Promise) -> rusqlite::Result<()> {
        if self.promise != promise {
            let synchronous = match promise {
                Promise::OnDisk => "FULL",
                Promise::Sometime => "NORMAL",
            };
            self.connection.pragma_update(None, "synchronous", synchronous)?;
            self.promise = promise;
        }
        Ok(())
    }

    fn write(&mut self, rows: &[Row], finished: &[i64]) -> rusqlite::Result<()> {
        let transaction = self.connection.transaction()?;
        let (mut events, mut bytes) = (0_i64, 0_i64);
        {
            let mut insert =
                transaction.prepare_cached("INSERT INTO groups VALUES (?1, ?2, ?3, ?4)")?;
            for row in rows {
                // Limited to far less than half of what fits.
                let (its_events, its_bytes) = (row.events as i64, row.bytes as i64);
                insert.execute(params![row.row, its_events, its_bytes, row.blob])?;
                events += its_events;
                bytes += its_bytes;
            }
            let mut delete = transaction
                .prepare_cached("DELETE FROM groups WHERE row = ?1 RETURNING events, bytes")?;
            for row in finished {
                let gone = delete.query_row([row], |row| Ok((row.get(0)?, row.get(1)?)));
                let (its_events, its_bytes): (i64, i64) = gone.optional()?.unwrap_or_default();
                events -= its_events;
                bytes -= its_bytes;
            }
            transaction
                .prepare_cached("UPDATE totals SET events = events + ?1, bytes = bytes + ?2")?
                .execute([events, bytes])?;
        }
        transaction.commit()
    }
}

/// The rows for one who only reads.
pub(super) struct Rows {
    connection: Connection,
}

impl Rows {
    pub(super) fn open(path: &Path) -> Result<Self, OpenError> {
        let connection = connect(path).map_err(|error| cannot_be_used(path, &error))?;
        connection
            .pragma_update(None, "query_only", true)
            .map_err(|error| cannot_be_used(path, &error))?;
        Ok(Rows { connection })
    }

    /// The first row behind `row`: its number, how many events it says it has, and its blob.
    pub(super) fn after(&self, row: i64) -> rusqlite::Result<Option<(i64, u64, u64, Bytes)>> {
        self.connection
            .prepare_cached(
                "SELECT row, events, bytes, blob FROM groups WHERE row > ?1 ORDER BY row LIMIT 1",
            )?
            .query_row([row], |found| {
                let blob: Vec<u8> = found.get(3)?;
                Ok((found.get(0)?, count(found, 1)?, count(found, 2)?, Bytes::from(blob)))
            })
            .optional()
    }
}

/// Refuses a layout of the future. One that is 0 twice is of a file that was just made.
fn check_layout(connection: &Connection, path: &Path) -> Result<(), OpenError> {
    let number = |pragma: &str| -> Result<i64, OpenError> {
        let found = connection.query_row(pragma, [], |row| row.get(0));
        found.map_err(|error| cannot_be_used(path, &error))
    };
    let path = path.to_owned();
    match (number("PRAGMA user_version")?, number("PRAGMA application_id")?) {
        (0, 0) | (LAYOUT, _) => Ok(()),
        (found, marked) if found > LAYOUT && marked == MARK + found => {
            Err(OpenError::TooNew { path, found, known: LAYOUT })
        }
        (found, marked) => {
            let error = format!("its layout is {found} in one place and {marked:#x} in another");
            Err(OpenError::Damaged { path, error })
        }
    }
}

/// SQLite takes such a file for one that it must not write to.
fn has_impossible_versions(path: &Path) -> bool {
    let head = std::fs::File::open(path).and_then(|mut file| {
        let mut head = [0; VERSIONS_AT.end];
        std::io::Read::read_exact(&mut file, &mut head).map(|()| head)
    });
    head.is_ok_and(|head| head[VERSIONS_AT].iter().any(|version| !(1..=2).contains(version)))
}

/// A column that counts something. Less than nothing stands there only by damage.
fn count(row: &rusqlite::Row<'_>, column: usize) -> rusqlite::Result<u64> {
    Ok(u64::try_from(row.get::<_, i64>(column)?).unwrap_or(0))
}

fn connect(path: &Path) -> rusqlite::Result<Connection> {
    let connection = Connection::open(path)?;
    connection.busy_timeout(Duration::from_millis(BUSY_MS_MAX))?;
    Ok(connection)
}

fn cannot_be_used(path: &Path, error: &rusqlite::Error) -> OpenError {
    let (path, why) = (path.to_owned(), error.to_string());
    match error.sqlite_error_code() {
        // `Unknown`: what makes no sense to it, as a format that there never was.
        Some(ErrorCode::DatabaseCorrupt | ErrorCode::NotADatabase | ErrorCode::Unknown) => {
            OpenError::Damaged { path, error: why }
        }
        _ => OpenError::Folder { path, what: "cannot be used", error: why },
    }
}
