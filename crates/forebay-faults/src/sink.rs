//! The databases behind the program, read by somebody else.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use forebay_testkit::postgres::{Cluster, Sync};
use rusqlite::Connection;
use tokio::runtime::Runtime;

use crate::oracle::{Dead, Found, Row};

const EVENTS: &str = "SELECT id, body FROM events";
const DEAD: &str = "SELECT id, body, reason FROM dead_letters";
/// Nobody takes a row out.
const COUNT: &str = "SELECT coalesce(max(rowid), 0) FROM events";
const EVENTS_AS_TEXT: &str = "SELECT id::text, body::text FROM events";
const IS_THERE: &str = "SELECT to_regclass('dead_letters') IS NOT NULL";
const DEAD_AS_TEXT: &str = "SELECT id::text, body::text, reason::text FROM dead_letters";

const TABLE_WITH_PLACES: &str =
    "CREATE TABLE events (id uuid PRIMARY KEY, received_at timestamptz NOT NULL,
    attributes jsonb NOT NULL, body jsonb NOT NULL, place bigserial)";
const PLACES: &str =
    "SELECT (body->>'key')::bigint, (body->>'n')::bigint FROM events ORDER BY place";

/// How long one waits for a writer.
const BUSY: Duration = Duration::from_secs(20);

/// Where the events go.
#[derive(Debug, Clone)]
pub(crate) enum Sink {
    Sqlite(PathBuf),
    Postgres(Postgres),
    /// The same, by way of the socket in its folder: hosts of the suite's own reach that, too.
    BySocket(Postgres),
    /// The same, by way of another address.
    Through(Postgres, SocketAddr),
    /// Where nobody listens.
    Nowhere,
}

/// A database of a real server, and how to come to it.
#[derive(Debug, Clone)]
pub(crate) struct Postgres {
    pub(crate) cluster: Arc<Cluster>,
    pub(crate) database: String,
    runtime: Arc<Runtime>,
}

impl Sink {
    /// The URL for the program.
    pub(crate) fn url(&self) -> String {
        match self {
            Sink::Sqlite(path) => format!("sqlite:{}", path.display()),
            Sink::Postgres(postgres) => postgres.cluster.url(&postgres.database),
            Sink::BySocket(postgres) => postgres.cluster.socket_url(&postgres.database),
            Sink::Through(Postgres { database, .. }, address) => {
                format!("postgres://postgres@{address}/{database}")
            }
            Sink::Nowhere => "postgres://nobody@127.0.0.1:1/nothing".to_owned(),
        }
    }

    /// Everything in it.
    ///
    /// # Errors
    /// It cannot be read.
    pub(crate) fn read(&self) -> Result<Found, String> {
        match self {
            Sink::Sqlite(path) => read_sqlite(path)
                .map_err(|error| format!("the sink {} cannot be read: {error}", path.display())),
            Sink::Postgres(postgres) | Sink::BySocket(postgres) | Sink::Through(postgres, _) => {
                postgres.read()
            }
            Sink::Nowhere => Err("there is no sink to be read".to_owned()),
        }
    }
}

/// How many events are in a SQLite file, which takes no longer when they are many.
pub(crate) fn count_sqlite(path: &Path) -> rusqlite::Result<i64> {
    let connection = Connection::open(path)?;
    connection.busy_timeout(BUSY)?;
    connection.query_row(COUNT, [], |row| row.get(0))
}

fn read_sqlite(path: &Path) -> rusqlite::Result<Found> {
    let connection = Connection::open(path)?;
    connection.busy_timeout(BUSY)?;
    if !connection.table_exists(None, "dead_letters")? {
        return Ok(Found::default()); // The program has not come so far yet.
    }
    let mut events = connection.prepare(EVENTS)?;
    let events = events.query_map([], |row| Ok(Row { id: row.get(0)?, body: row.get(1)? }))?;
    let mut dead = connection.prepare(DEAD)?;
    let dead = dead.query_map([], |row| {
        Ok(Dead { row: Row { id: row.get(0)?, body: row.get(1)? }, reason: row.get(2)? })
    })?;
    Ok(Found { events: events.collect::<Result<_, _>>()?, dead: dead.collect::<Result<_, _>>()? })
}

impl Postgres {
    /// A server of one's own, with an empty database.
    pub(crate) fn start() -> Self {
        let runtime = Arc::new(Runtime::new().expect("a runtime starts"));
        let cluster = Arc::new(Cluster::start_new(Sync::None));
        let database = runtime.block_on(cluster.create_database());
        Self { cluster, database, runtime }
    }

    /// The same, with a table that says in which order its rows came.
    pub(crate) fn start_with_places() -> Self {
        let postgres = Self::start();
        postgres.runtime.block_on(async {
            let client = postgres.cluster.connect(&postgres.database).await;
            client.batch_execute(TABLE_WITH_PLACES).await.expect("the database is ours");
        });
        postgres
    }

    /// The key and the number of each event, in the order of the rows of a table with places.
    ///
    /// # Errors
    /// It cannot be read.
    pub(crate) fn places(&self) -> Result<Vec<(u64, u64)>, String> {
        let told = |error: tokio_postgres::Error| format!("the sink cannot be read: {error}");
        let rows = self.runtime.block_on(async {
            let client = self.cluster.connect(&self.database).await;
            client.query(PLACES, &[]).await.map_err(told)
        })?;
        let number = |row: &tokio_postgres::Row, column| {
            u64::try_from(row.get::<_, i64>(column)).map_err(|error| error.to_string())
        };
        rows.iter().map(|row| Ok((number(row, 0)?, number(row, 1)?))).collect()
    }

    /// Another empty database of the same server.
    pub(crate) fn another(&self) -> Self {
        let database = self.runtime.block_on(self.cluster.create_database());
        Self { database, ..self.clone() }
    }

    /// Where the server listens.
    pub(crate) fn address(&self) -> SocketAddr {
        let url = self.cluster.url("x");
        let address = url.split(['@', '/']).find_map(|part| part.parse().ok());
        address.expect("the URL of a cluster has its address")
    }

    fn read(&self) -> Result<Found, String> {
        let told = |error: tokio_postgres::Error| format!("the sink cannot be read: {error}");
        self.runtime.block_on(async {
            let client = self.cluster.connect(&self.database).await;
            let there = client.query_one(IS_THERE, &[]).await.map_err(told)?;
            if !there.get::<_, bool>(0) {
                return Ok(Found::default()); // The program has not come so far yet.
            }
            let events = client.query(EVENTS_AS_TEXT, &[]).await.map_err(told)?;
            let dead = client.query(DEAD_AS_TEXT, &[]).await.map_err(told)?;
            let row = |row: &tokio_postgres::Row| Row { id: row.get(0), body: row.get(1) };
            Ok(Found {
                events: events.iter().map(row).collect(),
                dead: dead
                    .iter()
                    .map(|dead| Dead { row: row(dead), reason: dead.get(2) })
                    .collect(),
            })
        })
    }
}
