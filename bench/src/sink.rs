//! The database of one run: empty before it, asked afterwards whether every event is there once.

use std::path::{Path, PathBuf};

use forebay_testkit::postgres::Cluster;
use rusqlite::Connection;

use crate::failure::Failure;

/// Which database a contender writes to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum SinkKind {
    Sqlite,
    Postgres,
    /// PostgreSQL, at an address where nobody answers.
    PostgresDown,
}

/// An empty database.
#[derive(Debug)]
pub(crate) enum Sink<'a> {
    Sqlite(PathBuf),
    Postgres(&'a Cluster),
    PostgresDown,
}

/// What a database holds after a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Rows {
    pub(crate) count: u64,
    /// How many different events the rows are.
    pub(crate) different: u64,
}

/// The database that every cluster has.
const DATABASE: &str = "postgres";

/// The discard port: on a machine of today nobody listens there.
const NOBODY: &str = "postgres://postgres@127.0.0.1:9/postgres";

/// Starts every run from the same place: no table, and no write of the run before still to be done.
const EMPTY_POSTGRES: [&str; 3] =
    ["DROP SCHEMA IF EXISTS public CASCADE", "CREATE SCHEMA public", "CHECKPOINT"];

const POSTGRES_ROWS: &str = "SELECT count(*), count(DISTINCT (body->>'n')::bigint) FROM events";

const SQLITE_ROWS: &str =
    "SELECT count(*), count(DISTINCT json_extract(CAST(body AS TEXT), '$.n')) FROM events";

impl<'a> Sink<'a> {
    /// Empties the database of `kind`; SQLite's file is in `folder`.
    pub(crate) async fn empty(
        kind: SinkKind,
        folder: &Path,
        postgres: &'a Cluster,
    ) -> Result<Self, Failure> {
        match kind {
            SinkKind::Sqlite => empty_sqlite(folder).map(Self::Sqlite),
            SinkKind::PostgresDown => Ok(Self::PostgresDown),
            SinkKind::Postgres => {
                let client = postgres.connect(DATABASE).await;
                for statement in EMPTY_POSTGRES {
                    client.batch_execute(statement).await.map_err(asking)?;
                }
                Ok(Self::Postgres(postgres))
            }
        }
    }

    /// What follows `--database` of a rival: a path or a URL.
    pub(crate) fn database(&self) -> String {
        match self {
            Self::Sqlite(path) => path.display().to_string(),
            Self::Postgres(postgres) => postgres.url(DATABASE),
            Self::PostgresDown => NOBODY.to_owned(),
        }
    }

    /// What follows `--sink` of forebay.
    pub(crate) fn url(&self) -> String {
        match self {
            Self::Sqlite(path) => format!("sqlite:{}", path.display()),
            Self::Postgres(_) | Self::PostgresDown => self.database(),
        }
    }

    /// Counts the rows; nothing when nobody answers there.
    pub(crate) async fn rows(&self) -> Result<Option<Rows>, Failure> {
        match self {
            Self::Sqlite(path) => sqlite_rows(path).map(Some).map_err(asking),
            Self::Postgres(postgres) => {
                let client = postgres.connect(DATABASE).await;
                client.batch_execute("SET work_mem = '256MB'").await.map_err(asking)?;
                let row = client.query_one(POSTGRES_ROWS, &[]).await.map_err(asking)?;
                let (count, different): (i64, i64) = (row.get(0), row.get(1));
                Ok(Some(Rows { count: count.unsigned_abs(), different: different.unsigned_abs() }))
            }
            Self::PostgresDown => Ok(None),
        }
    }
}

fn empty_sqlite(folder: &Path) -> Result<PathBuf, Failure> {
    for name in ["run.db", "run.db-wal", "run.db-shm"] {
        match std::fs::remove_file(folder.join(name)) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                return Err(Failure::because(format!("removing {name}"), error));
            }
            _ => {}
        }
    }
    Ok(folder.join("run.db"))
}

fn sqlite_rows(path: &Path) -> Result<Rows, rusqlite::Error> {
    let connection = Connection::open(path)?;
    connection.pragma_update(None, "cache_size", -256 * 1024)?;
    connection.query_row(SQLITE_ROWS, (), |row| {
        let (count, different): (i64, i64) = (row.get(0)?, row.get(1)?);
        Ok(Rows { count: count.unsigned_abs(), different: different.unsigned_abs() })
    })
}

fn asking(error: impl std::fmt::Display) -> Failure {
    Failure::because("asking the database", error)
}
