//! A consumer between a backlog and a real database, without HTTP.

use std::sync::Arc;

use std::time::Duration;

use forebay_backlog::{Event, MemoryBacklog};
use forebay_server::{
    Consumer, ConsumerConfig, ConsumerGauge, ConsumerHandle, ConsumerStatus, Limits, RetryConfig,
    SinkUrl,
};
use forebay_testkit::postgres::Cluster;
use rusqlite::Connection;
use tempfile::TempDir;
use tokio_postgres::Client;
use uuid::Uuid;

/// Long enough for a machine that does ten other things; nothing waits for it to pass.
const PATIENCE: Duration = Duration::from_secs(60);

/// An event: id and time follow from its number.
pub(crate) fn event(number: u64, body: &str) -> Event {
    let received_at_ms = 1_767_323_045_678 + i64::try_from(number).expect("small");
    Event {
        id: id(number),
        received_at_ms,
        attributes: r#"{"source":"stage"}"#.into(),
        body: body.to_owned().into(),
        key: None,
    }
}

pub(crate) fn id(number: u64) -> Uuid {
    uuid::Builder::from_unix_timestamp_millis(1_767_323_045_678 + number, &[7; 10]).into_uuid()
}

pub(crate) fn events(numbers: std::ops::Range<u64>) -> Vec<Event> {
    numbers.map(|number| event(number, &format!(r#"{{"n":{number}}}"#))).collect()
}

pub(crate) fn backlog() -> MemoryBacklog {
    MemoryBacklog::new(Limits { events_max: 2_000_000, bytes_max: 1 << 32 })
}

/// The defaults, except that nobody waits long for a retry.
pub(crate) fn eager() -> ConsumerConfig {
    let retry = RetryConfig { delay_ms_first: 2, delay_ms_max: 50 };
    ConsumerConfig { retry, ..ConsumerConfig::default() }
}

pub(crate) fn start(
    backlog: &MemoryBacklog,
    sink: &str,
    config: &ConsumerConfig,
) -> ConsumerHandle {
    let sink: SinkUrl = sink.parse().expect("a sink");
    Consumer::start(Arc::new(backlog.clone()), &sink, config, 7).expect("a consumer that can work")
}

/// Delivers everything there is, and ends.
pub(crate) async fn deliver(backlog: &MemoryBacklog, sink: &str, config: &ConsumerConfig) {
    finish(backlog, start(backlog, sink, config)).await;
}

/// Closes the backlog and waits until everything is delivered.
pub(crate) async fn finish(backlog: &MemoryBacklog, consumer: ConsumerHandle) {
    backlog.close();
    let gauge = consumer.gauge();
    consumer.drain(PATIENCE).await;
    let left = backlog.snapshot();
    assert_eq!((left.waiting, left.in_flight), (0, 0), "{:?}", gauge.status());
}

/// Waits until the consumer says so itself.
pub(crate) async fn until(
    gauge: &ConsumerGauge,
    is_wished: impl FnMut(&ConsumerStatus) -> bool,
) -> ConsumerStatus {
    let waited = tokio::time::timeout(PATIENCE, gauge.wait_for(is_wished)).await;
    waited.unwrap_or_else(|_| panic!("it never came to be: {:?}", gauge.status()))
}

/// A SQLite file in a folder of its own.
pub(crate) struct File {
    folder: TempDir,
}

impl File {
    pub(crate) fn new() -> Self {
        Self { folder: TempDir::new().expect("a temporary folder") }
    }

    pub(crate) fn url(&self) -> String {
        format!("sqlite:{}", self.path().display())
    }

    pub(crate) fn path(&self) -> std::path::PathBuf {
        self.folder.path().join("sink.db")
    }

    pub(crate) fn open(&self) -> Connection {
        Connection::open(self.path()).expect("it opens")
    }

    /// Every id in a table, in order.
    pub(crate) fn ids(&self, table: &str) -> Vec<Uuid> {
        let connection = self.open();
        let mut rows =
            connection.prepare(&format!("SELECT id FROM {table} ORDER BY id")).expect("SQL");
        let ids = rows.query_map([], |row| row.get::<_, String>(0)).expect("SQL");
        ids.map(|id| id.expect("a text").parse().expect("a UUID")).collect()
    }
}

/// A database of its own in the shared cluster.
pub(crate) struct Database {
    pub(crate) name: String,
    pub(crate) client: Client,
}

impl Database {
    pub(crate) async fn new() -> Self {
        Self::of(Cluster::shared()).await
    }

    pub(crate) async fn of(cluster: &Cluster) -> Self {
        let name = cluster.create_database().await;
        let client = cluster.connect(&name).await;
        Self { name, client }
    }

    pub(crate) fn url(&self) -> String {
        Cluster::shared().url(&self.name)
    }

    /// Every id in a table, in order.
    pub(crate) async fn ids(&self, table: &str) -> Vec<Uuid> {
        ids(&self.client, table).await
    }
}

/// Every id in a table, in order.
pub(crate) async fn ids(client: &Client, table: &str) -> Vec<Uuid> {
    let sql = format!("SELECT id::text FROM {table} ORDER BY id");
    let rows = client.query(&sql, &[]).await.expect("SQL");
    rows.iter().map(|row| row.get::<_, &str>(0).parse().expect("a UUID")).collect()
}

pub(crate) fn ids_of(numbers: impl IntoIterator<Item = u64>) -> Vec<Uuid> {
    numbers.into_iter().map(id).collect()
}
