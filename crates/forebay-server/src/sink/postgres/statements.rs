//! The tables in a PostgreSQL database, and the statements that fill them.

use tokio_postgres::types::ToSql;
use tokio_postgres::{Client, Error, Statement};

/// Looked up before they are created: `CREATE TABLE IF NOT EXISTS` needs the right to create
/// tables even where there is nothing to create.
const MISSING: &str = "
    SELECT to_regclass('events') IS NULL, to_regclass('dead_letters') IS NULL";

const CREATE_EVENTS: &str = "
    CREATE TABLE IF NOT EXISTS events (
        id          uuid PRIMARY KEY,
        received_at timestamptz NOT NULL,
        attributes  jsonb NOT NULL,
        body        jsonb NOT NULL
    )";

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

const COPY: &str = "COPY events (id, received_at, attributes, body) FROM STDIN";

/// The conflict is named: any other one is an error, and ends in `dead_letters`, not nowhere.
const INSERT: &str = "
    INSERT INTO events (id, received_at, attributes, body)
    SELECT e.id, e.received_at, e.attributes, e.body
    FROM unnest($1::uuid[], $2::timestamptz[], $3::jsonb[], $4::jsonb[])
        AS e (id, received_at, attributes, body)
    WHERE NOT EXISTS (SELECT FROM dead_letters AS d WHERE d.id = e.id)
    ON CONFLICT (id) DO NOTHING";

const COUNT_DEAD: &str = "SELECT count(*) FROM dead_letters WHERE id = ANY ($1::uuid[])";

const BURY: &str = "
    INSERT INTO dead_letters (id, received_at, attributes, body, reason, failed_at, attempts)
    SELECT d.id, d.received_at, d.attributes, d.body, d.reason, now(), d.attempts
    FROM unnest($1::uuid[], $2::timestamptz[], $3::text[], $4::text[], $5::text[], $6::integer[])
        AS d (id, received_at, attributes, body, reason, attempts)
    WHERE NOT EXISTS (SELECT FROM events AS e WHERE e.id = d.id)
    ON CONFLICT (id) DO NOTHING";

/// Everything a writer runs, known to the server.
pub(super) struct Statements {
    /// `None` once it has turned out that this table takes none.
    pub(super) copy: Option<Statement>,
    pub(super) insert: Statement,
    pub(super) count_dead: Statement,
    pub(super) bury: Statement,
}

impl Statements {
    /// Creates missing tables, prepares every statement, and runs those that write on no rows.
    ///
    /// The last step plans them, which is where PostgreSQL looks for a unique key on `id` and
    /// for the right to insert: better now than at the first retry.
    pub(super) async fn prepare(client: &Client) -> Result<Self, Error> {
        let missing = client.query_one(MISSING, &[]).await?;
        if missing.get(0) {
            client.batch_execute(CREATE_EVENTS).await?;
        }
        if missing.get(1) {
            client.batch_execute(CREATE_DEAD_LETTERS).await?;
        }
        let insert = client.prepare(INSERT).await?;
        let count_dead = client.prepare(COUNT_DEAD).await?;
        let bury = client.prepare(BURY).await?;
        let copy = Some(client.prepare(COPY).await?);
        let nothing: &(dyn ToSql + Sync) = &super::rows::Nothing;
        client.execute(&insert, &[nothing; 4]).await?;
        client.execute(&bury, &[nothing; 6]).await?;
        Ok(Self { copy, insert, count_dead, bury })
    }
}
