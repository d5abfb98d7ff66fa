//! What the NATS server and PostgreSQL use meanwhile, and how large a group is in the stream.

use std::time::Duration;

use forebay_testkit::nats::NatsServer;
use serde_json::Value;
use tokio_postgres::Client;

use crate::clock;
use crate::failure::Failure;
use crate::setup::Setup;
use crate::usage::{Ticks, parent_of};

/// How long a run may take.
pub(super) const AT_MOST: Duration = Duration::from_secs(60);
/// Often enough to add little to what is measured.
pub(super) const LOOK_EVERY: Duration = Duration::from_millis(5);

const WAL: &str = "SELECT (pg_current_wal_lsn() - '0/0')::bigint, pg_backend_pid()";

/// Looks at both servers.
#[derive(Debug)]
pub(super) struct Meter<'a> {
    server: &'a NatsServer,
    stream: &'static str,
    client: Client,
}

/// What they have used so far.
#[derive(Debug, Clone, Copy)]
pub(super) struct Reading {
    pub(super) server: Ticks,
    pub(super) database: Ticks,
    pub(super) wal_bytes: u64,
}

impl<'a> Meter<'a> {
    pub(super) async fn over(setup: &Setup, server: &'a NatsServer, stream: &'static str) -> Self {
        Meter { server, stream, client: setup.postgres.connect("postgres").await }
    }

    pub(super) async fn read(&self) -> Result<Reading, Failure> {
        let row = self.client.query_one(WAL, &[]).await;
        let row = row.map_err(|error| Failure::because("asking PostgreSQL for its log", error))?;
        let (wal_bytes, backend): (i64, i32) = (row.get(0), row.get(1));
        let server = self.server.pid().ok_or_else(|| Failure::new("the NATS server is gone"))?;
        Ok(Reading {
            server: Ticks::of(server)?,
            database: Ticks::of_family(parent_of(backend.unsigned_abs())?)?,
            wal_bytes: wal_bytes.unsigned_abs(),
        })
    }

    /// The bytes that a message takes in the stream, as soon as there is one.
    pub(super) async fn bytes_a_message(&self) -> Result<f64, Failure> {
        let state =
            self.until(|state| state["messages"].as_u64().is_some_and(|count| count > 0)).await?;
        let count = |name| state[name].as_f64().unwrap_or(f64::NAN);
        Ok(count("bytes") / count("messages"))
    }

    /// Until everything that was published is acknowledged.
    pub(super) async fn empty(&self) -> Result<(), Failure> {
        self.until(|state| state["messages"] == 0).await.map(drop)
    }

    async fn until(&self, holds: impl Fn(&Value) -> bool) -> Result<Value, Failure> {
        let started = clock::now();
        loop {
            let info = self.server.ask(&format!("$JS.API.STREAM.INFO.{}", self.stream), "");
            let info = info.map_err(|error| Failure::because("asking the NATS server", error))?;
            if holds(&info["state"]) {
                return Ok(info["state"].clone());
            }
            if started.elapsed() > AT_MOST {
                let state = &info["state"];
                return Err(Failure::new(format!("the stream stays as it is: {state}")));
            }
            clock::pause(LOOK_EVERY).await;
        }
    }
}
