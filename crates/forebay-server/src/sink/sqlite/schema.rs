//! The tables in a SQLite file.

use rusqlite::Connection;

use super::{BUSY_MS_MAX, Duration, insert};

/// Tables that are there already are left as they are, whatever else they demand of a row.
const CREATE: &str = "
    CREATE TABLE IF NOT EXISTS events (
        id          TEXT PRIMARY KEY NOT NULL,
        received_at TEXT NOT NULL,
        attributes  TEXT NOT NULL,
        body        TEXT NOT NULL
    );
    CREATE TABLE IF NOT EXISTS dead_letters (
        id          TEXT PRIMARY KEY NOT NULL,
        received_at TEXT NOT NULL,
        attributes  TEXT NOT NULL,
        body        TEXT NOT NULL,
        reason      TEXT NOT NULL,
        failed_at   TEXT NOT NULL,
        attempts    INTEGER NOT NULL
    );";

/// After a spike the log shrinks back to this.
const LOG_BYTES_MAX: u32 = 16 * 1024 * 1024;

/// Sets a new connection up, creates missing tables and proves that they can take rows.
pub(super) fn prepare(connection: &Connection) -> rusqlite::Result<()> {
    connection.busy_timeout(Duration::from_millis(BUSY_MS_MAX))?;
    connection.pragma_update(None, "journal_mode", "wal")?;
    connection.pragma_update(None, "synchronous", "full")?;
    connection.pragma_update(None, "journal_size_limit", LOG_BYTES_MAX)?;
    connection.execute_batch(CREATE)?;
    for statement in insert::STATEMENTS {
        connection.prepare_cached(statement)?;
    }
    Ok(())
}
