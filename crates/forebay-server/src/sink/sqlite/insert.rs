//! Rows into a SQLite file.
//!
//! Row by row through one prepared statement: a statement with many rows is at most a sixth
//! faster, and would not tell which row was refused.

use std::sync::Arc;

use forebay_backlog::Event;
use rusqlite::types::Value;
use rusqlite::{Connection, Statement, Transaction, TransactionBehavior, ffi, params_from_iter};
use uuid::Uuid;

use super::classify;
use crate::clock;
use crate::columns::{Cell, Mapping};
use crate::sink::timestamp::iso;
use crate::sink::{Class, DeadLetter, InPart, Layout, Place, SinkError, Written, cells};

/// Everything a writer runs, for one table of events.
#[derive(Debug)]
pub(super) struct Sql {
    mapping: Option<Arc<Mapping>>,
    /// Whether there are dead letters, and whether some of them were put back into a backlog.
    look: &'static str,
    event: String,
    event_unless_dead: String,
    is_dead: &'static str,
    /// For an event that was put back: with its row, its dead letter goes.
    free: &'static str,
    bury: String,
}

impl Sql {
    pub(super) fn new(place: &Place) -> Self {
        let (table, layout) = (place.table.quoted(), Layout::of(place));
        let names = layout.names();
        let values: Vec<String> = (1..=names.len()).map(|at| format!("?{at}")).collect();
        let values = values.join(", ");
        let insert = format!("INSERT INTO {table} AS old ({})", names.join(", "));
        let once = layout.conflict();
        Self {
            mapping: place.mapping.clone(),
            look: "SELECT EXISTS (SELECT 1 FROM dead_letters),
                          EXISTS (SELECT 1 FROM dead_letters WHERE requeued_at IS NOT NULL)",
            event: format!("{insert} VALUES ({values}) {once}"),
            // For when there are dead letters: an event is never in both tables. A quarter slower.
            event_unless_dead: format!(
                "{insert} SELECT {values}
                 WHERE NOT EXISTS (SELECT 1 FROM dead_letters WHERE id = ?1 AND requeued_at IS NULL)
                 {once}"
            ),
            is_dead: "SELECT EXISTS
                      (SELECT 1 FROM dead_letters WHERE id = ?1 AND requeued_at IS NULL)",
            free: "DELETE FROM dead_letters WHERE id = ?1 AND requeued_at IS NOT NULL",
            bury: bury(&table, layout.id(), &place.route),
        }
    }

    pub(super) fn all(&self) -> [&str; 6] {
        let Self { mapping: _, look, event, event_unless_dead, is_dead, free, bury } = self;
        [look, event, event_unless_dead, is_dead, free, bury]
    }
}

/// A dead letter that was put back and is refused again is the same one, with a newer reason.
fn bury(table: &str, id: &str, route: &str) -> String {
    let now = "strftime('%Y-%m-%dT%H:%M:%fZ', 'now')";
    format!(
        "INSERT INTO dead_letters
             (id, received_at, attributes, body, reason, failed_at, attempts,
              route, first_reason, first_failed_at)
         SELECT ?1, ?2, ?3, ?4, ?5, {now}, ?6, '{route}', ?5, {now}
         WHERE NOT EXISTS (SELECT 1 FROM {table} WHERE {id} = ?1)
         ON CONFLICT (id) DO UPDATE SET
             first_reason = coalesce(first_reason, reason),
             first_failed_at = coalesce(first_failed_at, failed_at),
             reason = excluded.reason, failed_at = excluded.failed_at,
             attempts = attempts + excluded.attempts, requeued_at = NULL, requeued_by = NULL
         WHERE requeued_at IS NOT NULL"
    )
}

/// Writes all events in one transaction, or none.
pub(super) fn events(
    connection: &mut Connection,
    sql: &Sql,
    events: &[Event],
) -> Result<Written, SinkError> {
    write(connection, sql, events, |_, error| Err(error))
}

/// Writes all events but those that are refused, in one transaction.
pub(super) fn in_part(
    connection: &mut Connection,
    sql: &Sql,
    events: &[Event],
) -> Result<InPart, SinkError> {
    let began = clock::now();
    let mut refused = Vec::new();
    let written = write(connection, sql, events, |transaction, error| match error.row {
        // Something that runs with the insert may have ended the transaction.
        Some(row) if !transaction.is_autocommit() => {
            refused.push((row, error));
            Ok(())
        }
        _ => Err(error),
    })?;
    Ok(InPart { written, refused, took: began.elapsed() })
}

/// Writes events in one transaction, as long as `failed` goes on.
fn write(
    connection: &mut Connection,
    sql: &Sql,
    events: &[Event],
    mut failed: impl FnMut(&Transaction<'_>, SinkError) -> Result<(), SinkError>,
) -> Result<Written, SinkError> {
    let plain = |error: rusqlite::Error| classify::error(&error);
    let transaction =
        connection.transaction_with_behavior(TransactionBehavior::Immediate).map_err(plain)?;
    let (has_dead, has_requeued): (bool, bool) = transaction
        .prepare_cached(sql.look)
        .and_then(|mut look| look.query_row([], |row| Ok((row.get(0)?, row.get(1)?))))
        .map_err(plain)?;
    let insert = if has_dead { &sql.event_unless_dead } else { &sql.event };
    let mut refused = Vec::new();
    let written = rows(&transaction, events, sql, insert, |error| {
        refused.extend(error.row);
        failed(&transaction, error)
    })?;
    if has_requeued {
        free(&transaction, sql, events, &refused).map_err(plain)?;
    }
    transaction.commit().map_err(plain)?;
    Ok(written)
}

fn rows(
    transaction: &Transaction<'_>,
    events: &[Event],
    sql: &Sql,
    insert: &str,
    mut failed: impl FnMut(SinkError) -> Result<(), SinkError>,
) -> Result<Written, SinkError> {
    let mut written = Written::default();
    let prepared = transaction.prepare_cached(insert);
    let mut statement = prepared.map_err(|error| classify::error(&error))?;
    let mut cells = match &sql.mapping {
        Some(mapping) => Some(cells(mapping, events)?.into_iter()),
        None => None,
    };
    for (row, event) in events.iter().enumerate() {
        let mut id = Uuid::encode_buffer();
        let id = &*event.id.hyphenated().encode_lower(&mut id);
        let executed = match &mut cells {
            Some(cells) => mapped(&mut statement, id, cells.next().unwrap_or_default()),
            None => {
                let received_at = iso(event.received_at_ms);
                let values = (id, text(&received_at), &*event.attributes, event.body_str());
                statement.execute(values)
            }
        };
        match executed {
            Ok(0) => written.dead += u64::from(exists(transaction, sql.is_dead, id)?),
            Ok(_) => written.rows += 1,
            Err(error) => failed(of_row(transaction, &error, row, insert))?,
        }
    }
    Ok(written)
}

fn mapped(statement: &mut Statement<'_>, id: &str, cells: Vec<Cell>) -> rusqlite::Result<usize> {
    let value = |cell| match cell {
        Cell::Null => Value::Null,
        Cell::Boolean(yes) => Value::Integer(yes.into()),
        Cell::Integer(number) => Value::Integer(number),
        Cell::Real(number) => Value::Real(number),
        Cell::Text(text) => Value::Text(text),
        Cell::Bytes(bytes) => Value::Blob(bytes),
    };
    let id = Value::Text(id.to_owned());
    statement.execute(params_from_iter([id].into_iter().chain(cells.into_iter().map(value))))
}

/// With their rows, the dead letters of events that were put back go; those of refused ones stay.
fn free(
    transaction: &Transaction<'_>,
    sql: &Sql,
    events: &[Event],
    refused: &[usize],
) -> rusqlite::Result<()> {
    let mut delete = transaction.prepare_cached(sql.free)?;
    let landed = events.iter().enumerate().filter(|(row, _)| refused.binary_search(row).is_err());
    for (_, event) in landed {
        let mut id = Uuid::encode_buffer();
        delete.execute([&*event.id.hyphenated().encode_lower(&mut id)])?;
    }
    Ok(())
}

fn exists(transaction: &Transaction<'_>, sql: &str, id: &str) -> Result<bool, SinkError> {
    transaction
        .prepare_cached(sql)
        .and_then(|mut statement| statement.query_row([id], |row| row.get(0)))
        .map_err(|error| classify::error(&error))
}

/// Sorts an error of one row's insert.
fn of_row(
    transaction: &Transaction<'_>,
    error: &rusqlite::Error,
    row: usize,
    sql: &str,
) -> SinkError {
    let mut sorted = classify::error(error);
    // SQLite's general error has two meanings here. If the statement can still be prepared the
    // tables are right, and something that runs with the insert (a generated column, a trigger,
    // an index on an expression) could not digest the row.
    let is_general = error.sqlite_error_code() == Some(rusqlite::ErrorCode::Unknown)
        && error
            .sqlite_error()
            .is_some_and(|error| error.extended_code & 0xff == ffi::SQLITE_ERROR);
    if is_general && transaction.prepare(sql).is_ok() {
        sorted.class = Class::Refused;
    }
    sorted.row = sorted.class.is_refused().then_some(row);
    sorted
}

/// Writes all dead letters in one transaction, or none.
pub(super) fn dead_letters(
    connection: &mut Connection,
    sql: &Sql,
    dead: &[DeadLetter],
) -> Result<(), SinkError> {
    let write = |connection: &mut Connection| {
        let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        {
            let mut insert = transaction.prepare_cached(&sql.bury)?;
            for letter in dead {
                let event = &letter.event;
                let received_at = iso(event.received_at_ms);
                insert.execute((
                    event.id.hyphenated().to_string(),
                    text(&received_at),
                    &*event.attributes,
                    event.body_str(),
                    &letter.reason,
                    letter.attempts,
                ))?;
            }
        }
        transaction.commit()
    };
    write(connection).map_err(|error: rusqlite::Error| classify::error(&error))
}

fn text(ascii: &[u8]) -> &str {
    std::str::from_utf8(ascii).expect("a time is written in ASCII")
}
