//! The tables in a PostgreSQL database, and the statements that fill them.

use tokio_postgres::types::ToSql;
use tokio_postgres::{Client, Error, Statement};

use crate::columns::Dialect;
use crate::sink::{Found, Layout, Place};

/// Two processes, or two routes, may find a table missing at one time: one of them waits here.
const ONE_AT_A_TIME: &str = "SELECT pg_advisory_xact_lock(7377214913127)";

fn create_events(place: &Place) -> String {
    let table = place.table.quoted();
    if place.mapping.is_some() {
        let columns = Layout::of(place).declared(Dialect::Postgres).join(", ");
        return format!("{ONE_AT_A_TIME}; CREATE TABLE IF NOT EXISTS {table} ({columns})");
    }
    format!(
        "{ONE_AT_A_TIME};
         CREATE TABLE IF NOT EXISTS {table} (
             id          uuid PRIMARY KEY,
             received_at timestamptz NOT NULL,
             attributes  jsonb NOT NULL,
             body        jsonb NOT NULL
         )"
    )
}

/// Text and not JSON: JSON may be just what was refused.
const CREATE_DEAD_LETTERS: &str = "
    CREATE TABLE IF NOT EXISTS dead_letters (
        id          uuid PRIMARY KEY,
        received_at timestamptz NOT NULL,
        attributes  text NOT NULL,
        body        text NOT NULL,
        reason      text NOT NULL,
        failed_at   timestamptz NOT NULL,
        attempts    integer NOT NULL
    )";

/// What the first version of the table had not.
const LATER_COLUMNS: [(&str, &str); 5] = [
    ("route", "text"),
    ("first_reason", "text"),
    ("first_failed_at", "timestamptz"),
    ("requeued_at", "timestamptz"),
    ("requeued_by", "text"),
];

/// What is there already is looked up first: `IF NOT EXISTS` needs the right to create, or to own,
/// even where there is nothing to do.
const COLUMNS: &str = "
    SELECT attname::text FROM pg_attribute
    WHERE attrelid = to_regclass('dead_letters') AND attnum > 0 AND NOT attisdropped";

/// What a column of a route's own is sent as, whatever its type: the server reads it.
fn insert(place: &Place) -> String {
    let (table, layout) = (place.table.quoted(), Layout::of(place));
    let (names, id, conflict) = (layout.names().join(", "), layout.id(), layout.conflict());
    let (arrays, values) = match &place.mapping {
        None => (
            "$1::uuid[], $2::timestamptz[], $3::jsonb[], $4::jsonb[]".to_owned(),
            "e.id, e.received_at, e.attributes, e.body".to_owned(),
        ),
        Some(mapping) => {
            let arrays = (0..mapping.columns.len()).map(|at| format!("${}::text[]", at + 2));
            let values = mapping.columns.iter().map(|column| {
                format!("e.\"{}\"::{}", column.name, column.kind.declared(Dialect::Postgres))
            });
            (
                ["$1::uuid[]".to_owned()].into_iter().chain(arrays).collect::<Vec<_>>().join(", "),
                [format!("e.{id}")].into_iter().chain(values).collect::<Vec<_>>().join(", "),
            )
        }
    };
    // Of one key the newest event alone: a statement changes a row once. In the order of the keys,
    // so that two writers do not wait for each other.
    let key: Vec<String> = layout.key().iter().map(|name| format!("e.{name}")).collect();
    let (distinct, order) = match key.join(", ") {
        key if key.is_empty() => (String::new(), String::new()),
        key => (format!("DISTINCT ON ({key})"), format!("ORDER BY {key}, e.{id} DESC")),
    };
    format!(
        "INSERT INTO {table} AS old ({names})
         SELECT {distinct} {values}
         FROM unnest({arrays}) AS e ({names})
         WHERE NOT EXISTS (
             SELECT FROM dead_letters AS d WHERE d.id = e.{id} AND d.requeued_at IS NULL)
         {order}
         {conflict}"
    )
}

/// The same for events that may have been put back: with its row, a dead letter goes.
fn insert_again(place: &Place) -> String {
    let insert = insert(place);
    format!(
        "WITH freed AS (
             DELETE FROM dead_letters AS d WHERE d.id = ANY ($1) AND d.requeued_at IS NOT NULL)
         {insert}"
    )
}

const COUNT_DEAD: &str = "
    SELECT count(*) FROM dead_letters WHERE id = ANY ($1::uuid[]) AND requeued_at IS NULL";

const IS_DEAD_BETWEEN: &str =
    "SELECT EXISTS (SELECT FROM dead_letters WHERE id BETWEEN $1::uuid AND $2::uuid)";

/// A dead letter that was put back and is refused again is the same one, with a newer reason. An
/// event that was put back twice may be there twice.
fn bury(place: &Place) -> String {
    let (table, id, route) = (place.table.quoted(), Layout::of(place).id(), &place.route);
    format!(
        "INSERT INTO dead_letters AS old
             (id, received_at, attributes, body, reason, failed_at, attempts,
              route, first_reason, first_failed_at)
         SELECT DISTINCT ON (d.id) d.id, d.received_at, d.attributes, d.body, d.reason, now(),
                d.attempts, '{route}', d.reason, now()
         FROM unnest($1::uuid[], $2::timestamptz[], $3::text[], $4::text[], $5::text[],
                     $6::integer[]) AS d (id, received_at, attributes, body, reason, attempts)
         WHERE NOT EXISTS (SELECT FROM {table} AS e WHERE e.{id} = d.id)
         ON CONFLICT (id) DO UPDATE SET
             first_reason = coalesce(old.first_reason, old.reason),
             first_failed_at = coalesce(old.first_failed_at, old.failed_at),
             reason = excluded.reason, failed_at = excluded.failed_at,
             attempts = old.attempts + excluded.attempts, requeued_at = NULL, requeued_by = NULL
         WHERE old.requeued_at IS NOT NULL"
    )
}

/// Creates missing tables, and says which columns that of the events has.
pub(super) async fn create(client: &Client, place: &Place) -> Result<Vec<Found>, Error> {
    let table = place.table.quoted();
    let missing = format!("SELECT to_regclass('{table}') IS NULL");
    if client.query_one(&missing, &[]).await?.get(0) {
        client.batch_execute(&create_events(place)).await?;
    }
    if !prepare_care(client).await? {
        client.batch_execute(&format!("{ONE_AT_A_TIME}; {CREATE_DEAD_LETTERS}")).await?;
        prepare_care(client).await?;
    }
    columns_of(client, place).await
}

/// The columns of the table of events; none where there is none. Those that are computed take
/// nothing from a row.
pub(super) async fn columns_of(client: &Client, place: &Place) -> Result<Vec<Found>, Error> {
    let table = place.table.quoted();
    let columns = format!(
        "SELECT attname::text, format_type(atttypid, atttypmod),
                attnotnull AND NOT atthasdef AND attidentity = '' AND attgenerated = ''
         FROM pg_attribute
         WHERE attrelid = to_regclass('{table}') AND attnum > 0 AND NOT attisdropped"
    );
    let rows = client.query(&columns, &[]).await?;
    let found = |row: &tokio_postgres::Row| {
        Ok(Found { name: row.try_get(0)?, kind: row.try_get(1)?, is_demanded: row.try_get(2)? })
    };
    rows.iter().map(found).collect()
}

/// Everything a writer runs, known to the server.
pub(super) struct Statements {
    /// `None` once it has turned out that this table takes none.
    pub(super) copy: Option<Statement>,
    pub(super) insert: Statement,
    pub(super) insert_again: Statement,
    pub(super) count_dead: Statement,
    pub(super) is_dead_between: Statement,
    pub(super) bury: Statement,
}

impl Statements {
    /// Prepares every statement, and runs those that write on no rows.
    ///
    /// The last step plans them, which is where PostgreSQL looks for a unique key on `id` and
    /// for the right to insert: better now than at the first retry.
    pub(super) async fn prepare(client: &Client, place: &Place) -> Result<Self, Error> {
        let table = place.table.quoted();
        let layout = Layout::of(place);
        let (names, is_keyed) = (layout.names(), !layout.key().is_empty());
        let copy = format!("COPY {table} ({}) FROM STDIN", names.join(", "));
        let statements = Self {
            // It knows no conflict but an error.
            copy: if is_keyed { None } else { Some(client.prepare(&copy).await?) },
            insert: client.prepare(&insert(place)).await?,
            insert_again: client.prepare(&insert_again(place)).await?,
            count_dead: client.prepare(COUNT_DEAD).await?,
            is_dead_between: client.prepare(IS_DEAD_BETWEEN).await?,
            bury: client.prepare(&bury(place)).await?,
        };
        let nothing: &(dyn ToSql + Sync) = &super::rows::Nothing;
        client.execute(&statements.insert, &vec![nothing; names.len()]).await?;
        client.execute(&statements.insert_again, &vec![nothing; names.len()]).await?;
        client.execute(&statements.bury, &[nothing; 6]).await?;
        Ok(statements)
    }
}

/// Adds what an older table of dead letters lacks. Returns whether there is one; it is not made.
pub(super) async fn prepare_care(client: &Client) -> Result<bool, Error> {
    let rows = client.query(COLUMNS, &[]).await?;
    let there: Vec<&str> = rows.iter().map(|row| row.get(0)).collect();
    let added: Vec<String> = LATER_COLUMNS
        .iter()
        .filter(|(name, _)| !there.contains(name))
        .map(|(name, kind)| format!("ADD COLUMN IF NOT EXISTS {name} {kind}"))
        .collect();
    if !there.is_empty() && !added.is_empty() {
        client.batch_execute(&format!("ALTER TABLE dead_letters {}", added.join(", "))).await?;
    }
    Ok(!there.is_empty())
}
