//! Rows into a SQLite file.
//!
//! Row by row through one prepared statement: a statement with many rows is at most a sixth
//! faster, and would not tell which row was refused.

use forebay_backlog::Event;
use rusqlite::{Connection, Transaction, TransactionBehavior, ffi};
use uuid::Uuid;

use super::classify;
use crate::sink::timestamp::iso;
use crate::sink::{Class, DeadLetter, SinkError, Written};

const HAS_DEAD_LETTERS: &str = "SELECT EXISTS (SELECT 1 FROM dead_letters)";

/// The conflict is named: any other one is an error, and ends in `dead_letters`, not nowhere.
const EVENT: &str = "
    INSERT INTO events (id, received_at, attributes, body) VALUES (?1, ?2, ?3, ?4)
    ON CONFLICT (id) DO NOTHING";

/// For when there are dead letters: an event is never in both tables. A quarter slower.
const EVENT_UNLESS_DEAD: &str = "
    INSERT INTO events (id, received_at, attributes, body) SELECT ?1, ?2, ?3, ?4
    WHERE NOT EXISTS (SELECT 1 FROM dead_letters WHERE id = ?1)
    ON CONFLICT (id) DO NOTHING";

const IS_DEAD: &str = "SELECT EXISTS (SELECT 1 FROM dead_letters WHERE id = ?1)";

const DEAD_LETTER: &str = "
    INSERT INTO dead_letters (id, received_at, attributes, body, reason, failed_at, attempts)
    SELECT ?1, ?2, ?3, ?4, ?5, strftime('%Y-%m-%dT%H:%M:%fZ', 'now'), ?6
    WHERE NOT EXISTS (SELECT 1 FROM events WHERE id = ?1)
    ON CONFLICT (id) DO NOTHING";

/// Everything a writer will run.
pub(super) const STATEMENTS: [&str; 5] =
    [HAS_DEAD_LETTERS, EVENT, EVENT_UNLESS_DEAD, IS_DEAD, DEAD_LETTER];

/// Writes all events in one transaction, or none.
pub(super) fn events(connection: &mut Connection, events: &[Event]) -> Result<Written, SinkError> {
    let plain = |error: rusqlite::Error| classify::error(&error);
    let transaction =
        connection.transaction_with_behavior(TransactionBehavior::Immediate).map_err(plain)?;
    let has_dead_letters = transaction
        .prepare_cached(HAS_DEAD_LETTERS)
        .and_then(|mut statement| statement.query_row([], |row| row.get(0)))
        .map_err(plain)?;
    let written =
        rows(&transaction, events, if has_dead_letters { EVENT_UNLESS_DEAD } else { EVENT })?;
    transaction.commit().map_err(plain)?;
    Ok(written)
}

fn rows(
    transaction: &Transaction<'_>,
    events: &[Event],
    sql: &'static str,
) -> Result<Written, SinkError> {
    let mut written = Written::default();
    let prepared = transaction.prepare_cached(sql);
    let mut insert = prepared.map_err(|error| classify::error(&error))?;
    for (row, event) in events.iter().enumerate() {
        let mut id = Uuid::encode_buffer();
        let id = &*event.id.hyphenated().encode_lower(&mut id);
        let received_at = iso(event.received_at_ms);
        let values = (id, text(&received_at), &*event.attributes, event.body_str());
        match insert.execute(values) {
            Ok(0) => written.dead += u64::from(is_dead(transaction, id)?),
            Ok(_) => written.rows += 1,
            Err(error) => return Err(of_row(transaction, &error, row, sql)),
        }
    }
    Ok(written)
}

fn is_dead(transaction: &Transaction<'_>, id: &str) -> Result<bool, SinkError> {
    transaction
        .prepare_cached(IS_DEAD)
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
    dead: &[DeadLetter],
) -> Result<(), SinkError> {
    let write = |connection: &mut Connection| {
        let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        {
            let mut insert = transaction.prepare_cached(DEAD_LETTER)?;
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
