//! The handler that inserts each request straight into SQLite: a pool of connections to one file in WAL mode, a prepared
//! statement, one INSERT for each event.

use std::sync::Arc;
use std::time::Duration;

use axum::extract::State;
use axum::routing::post;
use axum::{Json, Router};
use deadpool::unmanaged::{Object, Pool};
use rusqlite::{Connection, TransactionBehavior};
use serde_json::Value;
use uuid::Uuid;

use super::Commit;
use super::answer::{Answer, accepted, events, failed};
use crate::failure::Failure;

/// SQLite has one writer at a time; a pool of one lets requests wait in the pool, in order, where more connections would
/// wait in SQLite's busy handler, which sleeps. Measured: see `bench/README.md`.
const POOL_CONNECTIONS: usize = 1;

const BUSY_FOR: Duration = Duration::from_secs(5);

const TABLE: &str = "CREATE TABLE IF NOT EXISTS events (id TEXT PRIMARY KEY NOT NULL, received_at TEXT NOT NULL, \
                     attributes TEXT NOT NULL, body TEXT NOT NULL)";

const INSERT: &str = "INSERT INTO events (id, received_at, attributes, body) \
                      VALUES (?1, strftime('%Y-%m-%dT%H:%M:%fZ', 'now'), '{}', ?2)";

#[derive(Clone)]
struct Database {
    pool: Pool<Connection>,
    commit: Commit,
}

pub(super) fn router(path: &str, commit: Commit) -> Result<Router, Failure> {
    let connections: Result<Vec<_>, _> = (0..POOL_CONNECTIONS).map(|_| open(path)).collect();
    let connections =
        connections.map_err(|error| Failure::because("opening the database", error))?;
    let database = Database { pool: Pool::from(connections), commit };
    Ok(Router::new().route("/events", post(insert)).with_state(Arc::new(database)))
}

fn open(path: &str) -> Result<Connection, rusqlite::Error> {
    let connection = Connection::open(path)?;
    connection.busy_timeout(BUSY_FOR)?;
    connection.pragma_update(None, "journal_mode", "WAL")?;
    connection.pragma_update(None, "synchronous", "FULL")?;
    connection.execute_batch(TABLE)?;
    Ok(connection)
}

async fn insert(State(database): State<Arc<Database>>, Json(body): Json<Value>) -> Answer {
    let events = events(body);
    let count = events.len();
    let connection = database.pool.get().await.map_err(failed)?;
    let commit = database.commit;
    let inserting = tokio::task::spawn_blocking(move || insert_all(connection, &events, commit));
    inserting.await.map_err(failed)?.map_err(failed)?;
    accepted(count)
}

fn insert_all(
    mut connection: Object<Connection>,
    events: &[Value],
    commit: Commit,
) -> Result<(), rusqlite::Error> {
    match commit {
        Commit::EachRow => insert_rows(&connection, events),
        Commit::EachRequest => {
            let transaction =
                connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
            insert_rows(&transaction, events)?;
            transaction.commit()
        }
    }
}

fn insert_rows(connection: &Connection, events: &[Value]) -> Result<(), rusqlite::Error> {
    let mut statement = connection.prepare_cached(INSERT)?;
    for event in events {
        statement.execute((Uuid::now_v7().to_string(), event.to_string()))?;
    }
    Ok(())
}
