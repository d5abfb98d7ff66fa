//! The handler that inserts each request straight into PostgreSQL: deadpool, 16 connections, a prepared statement, one
//! INSERT for each event.

use axum::extract::State;
use axum::routing::post;
use axum::{Json, Router};
use deadpool_postgres::{GenericClient, Manager, ManagerConfig, Pool, RecyclingMethod};
use serde_json::Value;
use tokio_postgres::NoTls;
use uuid::Uuid;

use super::Commit;
use super::answer::{Answer, accepted, events, failed};
use crate::failure::Failure;

/// More than the cores, because every connection spends most of its time in an fsync that others share.
const POOL_CONNECTIONS: usize = 16;

const TABLE: &str = "CREATE TABLE IF NOT EXISTS events (id uuid PRIMARY KEY, received_at timestamptz NOT NULL, \
                     attributes jsonb NOT NULL, body jsonb NOT NULL)";

const INSERT: &str =
    "INSERT INTO events (id, received_at, attributes, body) VALUES ($1, now(), '{}', $2)";

pub(super) async fn router(url: &str, commit: Commit) -> Result<Router, Failure> {
    let config = url.parse().map_err(|error| Failure::because("the database URL", error))?;
    let recycling = ManagerConfig { recycling_method: RecyclingMethod::Fast };
    let pool = Pool::builder(Manager::from_config(config, NoTls, recycling))
        .max_size(POOL_CONNECTIONS)
        .build()
        .map_err(|error| Failure::because("building the pool", error))?;
    let client = pool.get().await.map_err(|error| Failure::because("connecting", error))?;
    client.batch_execute(TABLE).await.map_err(|error| Failure::because("the table", error))?;
    drop(client);
    let handler = match commit {
        Commit::EachRow => post(insert_committing_each_row),
        Commit::EachRequest => post(insert_in_a_transaction),
    };
    Ok(Router::new().route("/events", handler).with_state(pool))
}

async fn insert_committing_each_row(State(pool): State<Pool>, Json(body): Json<Value>) -> Answer {
    let events = events(body);
    let client = pool.get().await.map_err(failed)?;
    insert(&client, &events).await.map_err(failed)?;
    accepted(events.len())
}

async fn insert_in_a_transaction(State(pool): State<Pool>, Json(body): Json<Value>) -> Answer {
    let events = events(body);
    let mut client = pool.get().await.map_err(failed)?;
    let transaction = client.transaction().await.map_err(failed)?;
    insert(&transaction, &events).await.map_err(failed)?;
    transaction.commit().await.map_err(failed)?;
    accepted(events.len())
}

async fn insert(
    client: &impl GenericClient,
    events: &[Value],
) -> Result<(), tokio_postgres::Error> {
    let statement = client.prepare_cached(INSERT).await?;
    for event in events {
        client.execute(&statement, &[&Uuid::now_v7(), event]).await?;
    }
    Ok(())
}
