//! The tables in a SQLite file.

use rusqlite::{Connection, Transaction, TransactionBehavior};

use super::insert::Sql;
use super::{BUSY_MS_MAX, Duration, of_schema};
use crate::columns::Dialect;
use crate::sink::{Found, Layout, Place, SinkError, Table};

/// A table that is there already is left as it is, whatever else it demands of a row.
fn create_events(place: &Place) -> String {
    let table = place.table.quoted();
    if place.mapping.is_some() {
        let columns = Layout::of(place).declared(Dialect::Sqlite).join(", ");
        return format!("CREATE TABLE IF NOT EXISTS {table} ({columns})");
    }
    format!(
        "CREATE TABLE IF NOT EXISTS {table} (
             id          TEXT PRIMARY KEY NOT NULL,
             received_at TEXT NOT NULL,
             attributes  TEXT NOT NULL,
             body        TEXT NOT NULL
         )"
    )
}

const CREATE_DEAD_LETTERS: &str = "
    CREATE TABLE IF NOT EXISTS dead_letters (
        id          TEXT PRIMARY KEY NOT NULL,
        received_at TEXT NOT NULL,
        attributes  TEXT NOT NULL,
        body        TEXT NOT NULL,
        reason      TEXT NOT NULL,
        failed_at   TEXT NOT NULL,
        attempts    INTEGER NOT NULL
    )";

/// What the first version of the table had not.
const LATER_COLUMNS: [(&str, &str); 5] = [
    ("route", "TEXT"),
    ("first_reason", "TEXT"),
    ("first_failed_at", "TEXT"),
    ("requeued_at", "TEXT"),
    ("requeued_by", "TEXT"),
];

/// So few as a rule that looking for one costs nothing, however many dead letters there are.
const INDEX_REQUEUED: &str = "
    CREATE INDEX IF NOT EXISTS dead_letters_requeued ON dead_letters (id)
    WHERE requeued_at IS NOT NULL";

/// After a spike the log shrinks back to this.
const LOG_BYTES_MAX: u32 = 16 * 1024 * 1024;

/// Sets a writer's connection up, creates missing tables and proves that they can take rows.
pub(super) fn prepare(connection: &Connection, place: &Place, sql: &Sql) -> Result<(), SinkError> {
    let create = || {
        set_up(connection)?;
        connection.execute_batch(&create_events(place))?;
        connection.execute_batch(CREATE_DEAD_LETTERS)?;
        add_later_columns(connection)?;
        columns_of(connection, &place.table)
    };
    let found = create().map_err(|error| of_schema(&error))?;
    Layout::of(place).compare(&found, Dialect::Sqlite)?;
    for statement in sql.all() {
        connection.prepare_cached(statement).map_err(|error| of_schema(&error))?;
    }
    Ok(())
}

/// The columns of a table of events. Those that are computed take nothing from a row.
pub(super) fn columns_of(connection: &Connection, table: &Table) -> rusqlite::Result<Vec<Found>> {
    let mut columns = connection.prepare(
        "SELECT name, type, \"notnull\" AND dflt_value IS NULL AND hidden = 0
         FROM pragma_table_xinfo(?1, ?2)",
    )?;
    let found = columns.query_map((table.name(), table.schema().unwrap_or("main")), |row| {
        Ok(Found { name: row.get(0)?, kind: row.get(1)?, is_demanded: row.get(2)? })
    })?;
    found.collect()
}

/// Sets a connection up for whoever looks after dead letters. Returns whether there is a table of
/// them; it is not made.
pub(super) fn prepare_care(connection: &Connection) -> rusqlite::Result<bool> {
    set_up(connection)?;
    let is_there = !columns(connection)?.is_empty();
    if is_there {
        add_later_columns(connection)?;
    }
    Ok(is_there)
}

fn set_up(connection: &Connection) -> rusqlite::Result<()> {
    connection.busy_timeout(Duration::from_millis(BUSY_MS_MAX))?;
    connection.pragma_update(None, "journal_mode", "wal")?;
    connection.pragma_update(None, "synchronous", "full")?;
    connection.pragma_update(None, "journal_size_limit", LOG_BYTES_MAX)
}

/// The columns of `dead_letters`; none when there is no such table.
fn columns(connection: &Connection) -> rusqlite::Result<Vec<String>> {
    let mut names = connection.prepare("SELECT name FROM pragma_table_info('dead_letters')")?;
    names.query_map([], |row| row.get(0))?.collect()
}

/// In one transaction that writes from its start: two processes may come here at one time.
fn add_later_columns(connection: &Connection) -> rusqlite::Result<()> {
    let lacks = |there: &[String], name: &str| !there.iter().any(|column| column == name);
    let there = columns(connection)?;
    if LATER_COLUMNS.iter().all(|(name, _)| !lacks(&there, name)) {
        return Ok(());
    }
    let writing = Transaction::new_unchecked(connection, TransactionBehavior::Immediate)?;
    let there = columns(&writing)?;
    for (name, kind) in LATER_COLUMNS.iter().filter(|(name, _)| lacks(&there, name)) {
        writing.execute_batch(&format!("ALTER TABLE dead_letters ADD COLUMN {name} {kind}"))?;
    }
    writing.execute_batch(INDEX_REQUEUED)?;
    writing.commit()
}
