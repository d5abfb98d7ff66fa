//! Dead letters in a PostgreSQL database: looked at, put back, deleted.

use tokio_postgres::types::{ToSql, Type};
use tokio_postgres::{Error, Row};
use uuid::Uuid;

use super::rows::Id;
use super::session::Open;
use super::{PostgresSink, classify, statements, within};
use crate::sink::{Class, DeadFilter, Json, Letter, Letters, SinkError};

/// What `$1` to `$5` let through.
const MEANT: &str = "
    ($1::uuid[] IS NULL OR id = ANY ($1))
    AND ($2::text IS NULL OR coalesce(route, 'default') = $2)
    AND ($3::text IS NULL OR position(lower($3) IN lower(reason)) > 0)
    AND ($4::bigint IS NULL OR failed_at < to_timestamp($4 / 1000.0))
    AND ($5::bigint IS NULL OR failed_at >= to_timestamp($5 / 1000.0))";

/// As the server writes a time for us.
fn iso(column: &str) -> String {
    format!("to_char({column} AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.MS\"Z\"')")
}

fn columns() -> String {
    let received_at = iso("received_at");
    let first_failed_at = iso("coalesce(first_failed_at, failed_at)");
    let (failed_at, requeued_at) = (iso("failed_at"), iso("requeued_at"));
    format!(
        "id::text, coalesce(route, 'default'), {received_at}, {first_failed_at},
         coalesce(first_reason, reason), {failed_at}, reason, attempts::bigint, {requeued_at},
         attributes, body, floor(extract(epoch FROM received_at) * 1000)::bigint"
    )
}

/// A database that is looked after.
pub(crate) struct PostgresLetters {
    open: Open,
    ms_max: u64,
    /// Without it nothing is there, and nothing is made.
    has_table: bool,
}

impl PostgresSink {
    /// Connects for whoever looks after dead letters. Makes nothing that is not there.
    pub(crate) async fn letters(&self) -> Result<PostgresLetters, SinkError> {
        let connect = async {
            let open = self.session.open().await?;
            let has_table = statements::prepare_care(&open.client).await?;
            Ok(PostgresLetters { open, ms_max: self.patience.write_ms_max, has_table })
        };
        let connected = within(self.patience.connect_ms_max, connect).await;
        let connected = connected.ok_or_else(|| {
            SinkError::new(Class::Unreachable, "no answer to a login within its time")
        })?;
        connected.map_err(|error: Error| classify::of_session(&error))
    }
}

type Value<'a> = (&'a (dyn ToSql + Sync), Type);

impl PostgresLetters {
    async fn query(&self, sql: &str, values: &[Value<'_>]) -> Result<Vec<Row>, SinkError> {
        if !self.has_table {
            return Ok(Vec::new());
        }
        let query = self.open.client.query_typed(sql, values);
        match within(self.ms_max, query).await {
            Some(answer) => answer.map_err(|error| classify::error(&error)),
            None => {
                let _ = within(self.ms_max, self.open.cancel()).await;
                Err(SinkError::new(Class::Busy, "no answer within its time"))
            }
        }
    }
}

/// What the filter says, as the values of [`MEANT`].
struct Meant<'a> {
    ids: Option<Vec<Id>>,
    filter: &'a DeadFilter,
}

impl<'a> Meant<'a> {
    fn new(filter: &'a DeadFilter) -> Self {
        Self { ids: filter.named().map(|ids| ids.iter().copied().map(Id::new).collect()), filter }
    }

    /// These values, and those that come after them.
    fn and<'b>(&'b self, more: impl IntoIterator<Item = Value<'b>>) -> Vec<Value<'b>> {
        let filter = self.filter;
        let mut values: Vec<Value<'b>> = vec![
            (&self.ids, Type::UUID_ARRAY),
            (&filter.route, Type::TEXT),
            (&filter.reason, Type::TEXT),
            (&filter.failed_before_ms, Type::INT8),
            (&filter.failed_since_ms, Type::INT8),
        ];
        values.extend(more);
        values
    }
}

fn letters(rows: &[Row]) -> Result<Vec<Letter>, SinkError> {
    let mut letters: Vec<Letter> =
        rows.iter().map(letter).collect::<Result<_, _>>().map_err(|e| classify::error(&e))?;
    letters.sort_by_key(|letter| letter.id);
    Ok(letters)
}

fn letter(row: &Row) -> Result<Letter, Error> {
    let id: &str = row.try_get(0)?;
    Ok(Letter {
        id: id.parse().expect("the server writes a uuid as one"),
        route: row.try_get(1)?,
        received_at: row.try_get(2)?,
        first_failed_at: row.try_get(3)?,
        first_reason: row.try_get(4)?,
        failed_at: row.try_get(5)?,
        reason: row.try_get(6)?,
        attempts: row.try_get(7)?,
        requeued_at: row.try_get(8)?,
        attributes: Json::new(row.try_get(9)?),
        body: Json::new(row.try_get(10)?),
        received_at_ms: row.try_get(11)?,
    })
}

impl Letters for PostgresLetters {
    async fn page(
        &mut self,
        filter: &DeadFilter,
        after: Option<Uuid>,
        limit: u32,
    ) -> Result<Vec<Letter>, SinkError> {
        let (after, limit) = (after.map(Id::new), i64::from(limit));
        let sql = format!(
            "SELECT {} FROM dead_letters
             WHERE {MEANT} AND ($6::uuid IS NULL OR id > $6) ORDER BY id LIMIT $7",
            columns()
        );
        let meant = Meant::new(filter);
        let values = meant.and([(&after as _, Type::UUID), (&limit as _, Type::INT8)]);
        letters(&self.query(&sql, &values).await?)
    }

    async fn count(&mut self, filter: &DeadFilter) -> Result<u64, SinkError> {
        let sql = format!("SELECT count(*) FROM dead_letters WHERE {MEANT}");
        let rows = self.query(&sql, &Meant::new(filter).and([])).await?;
        Ok(rows.first().map_or(0, |row| row.get::<_, i64>(0).unsigned_abs()))
    }

    async fn mark(
        &mut self,
        filter: &DeadFilter,
        run: &str,
        limit: u32,
    ) -> Result<Vec<Letter>, SinkError> {
        let limit = i64::from(limit);
        let sql = format!(
            "UPDATE dead_letters SET requeued_at = now(), requeued_by = $6
             WHERE id IN (
                 SELECT id FROM dead_letters
                 WHERE {MEANT}
                   AND ($1 IS NOT NULL OR requeued_at IS NULL OR requeued_by IS DISTINCT FROM $6)
                 ORDER BY id LIMIT $7 FOR UPDATE)
             RETURNING {}",
            columns()
        );
        let meant = Meant::new(filter);
        let values = meant.and([(&run as _, Type::TEXT), (&limit as _, Type::INT8)]);
        letters(&self.query(&sql, &values).await?)
    }

    async fn unmark(&mut self, ids: &[Uuid], run: &str) -> Result<(), SinkError> {
        let ids: Vec<Id> = ids.iter().copied().map(Id::new).collect();
        let sql = "UPDATE dead_letters SET requeued_at = NULL, requeued_by = NULL
                   WHERE id = ANY ($1) AND requeued_by = $2";
        self.query(sql, &[(&ids as _, Type::UUID_ARRAY), (&run as _, Type::TEXT)]).await?;
        Ok(())
    }

    async fn purge(&mut self, filter: &DeadFilter, limit: u32) -> Result<u64, SinkError> {
        let limit = i64::from(limit);
        let sql = format!(
            "WITH gone AS (
                 DELETE FROM dead_letters WHERE id IN (
                     SELECT id FROM dead_letters
                     WHERE {MEANT} AND ($1 IS NOT NULL OR requeued_at IS NULL)
                     ORDER BY id LIMIT $6 FOR UPDATE)
                 RETURNING 1)
             SELECT count(*) FROM gone"
        );
        let meant = Meant::new(filter);
        let rows = self.query(&sql, &meant.and([(&limit as _, Type::INT8)])).await?;
        Ok(rows.first().map_or(0, |row| row.get::<_, i64>(0).unsigned_abs()))
    }
}
