//! Dead letters in a SQLite file: looked at, put back, deleted.

use std::path::PathBuf;

use rusqlite::types::Type;
use rusqlite::{Connection, Error, OpenFlags, Row, Transaction, TransactionBehavior};
use uuid::Uuid;

use super::{SqliteConnection, SqliteSink, blocking, classify, of_schema, open, schema};
use crate::sink::timestamp::iso;
use crate::sink::{Class, DeadFilter, Json, Letter, Letters, SinkError};

/// What `?1` to `?5` let through; ids come as a JSON array.
const MEANT: &str = "
    (?1 IS NULL OR id IN (SELECT value FROM json_each(?1)))
    AND (?2 IS NULL OR coalesce(route, 'default') = ?2)
    AND (?3 IS NULL OR instr(lower(reason), lower(?3)) > 0)
    AND (?4 IS NULL OR failed_at < ?4)
    AND (?5 IS NULL OR failed_at >= ?5)";

const COLUMNS: &str = "
    id, coalesce(route, 'default'), received_at, coalesce(first_failed_at, failed_at),
    coalesce(first_reason, reason), failed_at, reason, attempts, requeued_at, attributes, body,
    CAST(round(unixepoch(received_at, 'subsec') * 1000) AS INTEGER)";

/// A file that is looked after.
pub(crate) struct SqliteLetters {
    connection: SqliteConnection,
    /// Without it nothing is there, and nothing is made.
    has_table: bool,
}

impl SqliteSink {
    /// Opens the file for whoever looks after dead letters. Makes nothing that is not there.
    pub(crate) async fn letters(&self) -> Result<SqliteLetters, SinkError> {
        let path: PathBuf = self.path.clone();
        let opened = blocking(move || {
            if !path.exists() {
                let reason = format!("there is no file {}", path.display());
                return Err(SinkError::new(Class::File, reason));
            }
            let connection = open(&path, OpenFlags::empty())?;
            let has_table = schema::prepare_care(&connection).map_err(|error| of_schema(&error))?;
            Ok((connection, has_table))
        });
        let (connection, has_table) = opened.await?;
        let connection = SqliteConnection { connection: Some(connection), sql: self.sql() };
        Ok(SqliteLetters { connection, has_table })
    }
}

impl SqliteLetters {
    /// Runs `job` where there is a table, in a transaction that writes.
    async fn run<T: Send + Default + 'static>(
        &mut self,
        job: impl FnOnce(&Transaction<'_>) -> rusqlite::Result<T> + Send + 'static,
    ) -> Result<T, SinkError> {
        if !self.has_table {
            return Ok(T::default());
        }
        let run = move |connection: &mut Connection| {
            let behavior = TransactionBehavior::Immediate;
            let transaction = connection.transaction_with_behavior(behavior)?;
            let done = job(&transaction)?;
            transaction.commit()?;
            Ok(done)
        };
        self.connection.run(|connection| run(connection).map_err(|e| classify::error(&e))).await
    }
}

/// The values of [`MEANT`].
type Meant = (Option<String>, Option<String>, Option<String>, Option<String>, Option<String>);

fn meant(filter: &DeadFilter) -> Meant {
    let time = |at_ms: Option<i64>| at_ms.map(|at_ms| String::from_utf8_lossy(&iso(at_ms)).into());
    (
        filter.named().map(list),
        filter.route.clone(),
        filter.reason.clone(),
        time(filter.failed_before_ms),
        time(filter.failed_since_ms),
    )
}

fn list(ids: &[Uuid]) -> String {
    serde_json::to_string(ids).expect("a list of ids is JSON")
}

fn letter(row: &Row<'_>) -> rusqlite::Result<Letter> {
    let id: String = row.get(0)?;
    let id =
        id.parse().map_err(|error| Error::FromSqlConversionFailure(0, Type::Text, Box::new(error)));
    Ok(Letter {
        id: id?,
        route: row.get(1)?,
        received_at: row.get(2)?,
        first_failed_at: row.get(3)?,
        first_reason: row.get(4)?,
        failed_at: row.get(5)?,
        reason: row.get(6)?,
        attempts: row.get(7)?,
        requeued_at: row.get(8)?,
        attributes: Json::new(row.get(9)?),
        body: Json::new(row.get(10)?),
        received_at_ms: row.get::<_, Option<i64>>(11)?.unwrap_or(0),
    })
}

impl Letters for SqliteLetters {
    async fn page(
        &mut self,
        filter: &DeadFilter,
        after: Option<Uuid>,
        limit: u32,
    ) -> Result<Vec<Letter>, SinkError> {
        let (a, b, c, d, e) = meant(filter);
        let after = after.map(|id| id.to_string());
        self.run(move |transaction| {
            let sql = format!(
                "SELECT {COLUMNS} FROM dead_letters
                 WHERE {MEANT} AND (?6 IS NULL OR id > ?6) ORDER BY id LIMIT ?7"
            );
            let mut select = transaction.prepare(&sql)?;
            select.query_map((a, b, c, d, e, after, limit), letter)?.collect()
        })
        .await
    }

    async fn count(&mut self, filter: &DeadFilter) -> Result<u64, SinkError> {
        let (a, b, c, d, e) = meant(filter);
        self.run(move |transaction| {
            let sql = format!("SELECT count(*) FROM dead_letters WHERE {MEANT}");
            transaction.query_row(&sql, (a, b, c, d, e), |row| row.get::<_, i64>(0))
        })
        .await
        .map(i64::unsigned_abs)
    }

    async fn mark(
        &mut self,
        filter: &DeadFilter,
        run: &str,
        limit: u32,
    ) -> Result<Vec<Letter>, SinkError> {
        let (a, b, c, d, e) = meant(filter);
        let run = run.to_owned();
        self.run(move |transaction| {
            let sql = format!(
                "UPDATE dead_letters
                 SET requeued_at = strftime('%Y-%m-%dT%H:%M:%fZ', 'now'), requeued_by = ?6
                 WHERE id IN (
                     SELECT id FROM dead_letters
                     WHERE {MEANT}
                       AND (?1 IS NOT NULL OR requeued_at IS NULL OR requeued_by IS NOT ?6)
                     ORDER BY id LIMIT ?7)
                 RETURNING {COLUMNS}"
            );
            let mut update = transaction.prepare(&sql)?;
            update.query_map((a, b, c, d, e, run, limit), letter)?.collect()
        })
        .await
    }

    async fn unmark(&mut self, ids: &[Uuid], run: &str) -> Result<(), SinkError> {
        let (ids, run) = (list(ids), run.to_owned());
        self.run(move |transaction| {
            let sql = "UPDATE dead_letters SET requeued_at = NULL, requeued_by = NULL
                       WHERE id IN (SELECT value FROM json_each(?1)) AND requeued_by = ?2";
            transaction.execute(sql, (ids, run)).map(|_| ())
        })
        .await
    }

    async fn purge(&mut self, filter: &DeadFilter, limit: u32) -> Result<u64, SinkError> {
        let (a, b, c, d, e) = meant(filter);
        self.run(move |transaction| {
            let sql = format!(
                "DELETE FROM dead_letters WHERE id IN (
                     SELECT id FROM dead_letters
                     WHERE {MEANT} AND (?1 IS NOT NULL OR requeued_at IS NULL)
                     ORDER BY id LIMIT ?6)"
            );
            transaction.execute(&sql, (a, b, c, d, e, limit)).map(|rows| rows as u64)
        })
        .await
    }
}
