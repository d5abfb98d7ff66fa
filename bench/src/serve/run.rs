//! One run of one contender: start it on an empty sink, send the load, wait until every row is there, check them.

use std::time::Duration;

use serde::Serialize;

use crate::clock;
use crate::contender::{Contender, Program};
use crate::failure::Failure;
use crate::server::Server;
use crate::setup::Setup;
use crate::sink::{Sink, SinkKind};
use crate::status::Status;
use crate::usage::Ticks;
use crate::wrk::{Load, Seen};

/// How long a backlog may take to empty.
const DRAINED_WITHIN: Duration = Duration::from_secs(120);

/// The figures of one run.
#[derive(Debug, Clone, Copy, Serialize)]
pub(super) struct Sample {
    pub(super) requests_per_s: f64,
    pub(super) events_per_s: f64,
    pub(super) p50_us: f64,
    pub(super) p99_us: f64,
    /// From the first request until the last row is in the database.
    pub(super) rows_per_s: Option<f64>,
    /// Processor time of the server alone, without that of the database.
    pub(super) cpu_s_per_100k_events: f64,
}

/// Runs `contender` once.
pub(super) async fn run(
    setup: &Setup,
    contender: &Contender,
    load: Load,
) -> Result<Sample, Failure> {
    let sink = match contender.sink {
        Some(kind) => Some(setup.empty_sink(kind).await?),
        None => None,
    };
    let server = Server::start(setup, contender.command(setup, sink.as_ref())?).await?;
    let before = Ticks::of(server.process)?;
    let started = clock::now();
    let seen = setup.wrk.run(server.address, load).await?;
    let accepted = settle(contender, &server).await?;
    let elapsed = started.elapsed();
    let cpu = Ticks::of(server.process)?.since(before).as_duration();
    end(contender, server).await?;
    let rows = check(sink.as_ref(), load, &seen, accepted).await?;

    let events = seen.accepted() * u64::from(load.events_per_request);
    Ok(Sample {
        requests_per_s: seen.accepted_per_s(),
        events_per_s: seen.accepted_per_s() * f64::from(load.events_per_request),
        p50_us: seen.p50_us,
        p99_us: seen.p99_us,
        rows_per_s: rows.map(|rows| rows as f64 / elapsed.as_secs_f64()),
        cpu_s_per_100k_events: cpu.as_secs_f64() * 100_000.0 / events.max(1) as f64,
    })
}

/// Waits until what forebay accepted is delivered; says how much that is. A rival has nothing left to do once it has answered.
async fn settle(contender: &Contender, server: &Server) -> Result<Option<u64>, Failure> {
    if contender.program != Program::Forebay {
        return Ok(None);
    }
    let status = match contender.sink {
        Some(SinkKind::PostgresDown) => Status::of(server.address).await?,
        _ => Status::drained(server.address, DRAINED_WITHIN).await?,
    };
    status.check()?;
    Ok(Some(status.accepted))
}

/// Forebay is stopped as an operator stops it, unless it could not deliver; a rival has nothing to lose.
async fn end(contender: &Contender, server: Server) -> Result<(), Failure> {
    match (contender.program, contender.sink) {
        (Program::Forebay, Some(SinkKind::Sqlite | SinkKind::Postgres)) => server.stop().await,
        _ => server.kill().await,
    }
}

/// Compares what the client saw, what the server says and what is in the sink; returns the number of rows.
///
/// The client does not wait for the answers that are under way when its time is over, so up to one request a connection
/// can be in the sink beyond those it counted. What the server says it accepted must be there to the row.
pub(super) async fn check(
    sink: Option<&Sink<'_>>,
    load: Load,
    seen: &Seen,
    accepted: Option<u64>,
) -> Result<Option<u64>, Failure> {
    if seen.refused > 0 {
        return Err(Failure::new(format!("{} requests were refused", seen.refused)));
    }
    let answered = seen.accepted() * u64::from(load.events_per_request);
    let under_way = u64::from(load.connections * load.events_per_request);
    let possible = answered..=answered + under_way;
    if let Some(accepted) = accepted.filter(|accepted| !possible.contains(accepted)) {
        return Err(Failure::new(format!("{accepted} accepted, but the client says {possible:?}")));
    }
    let Some(sink) = sink else { return Ok(None) };
    let Some(rows) = sink.rows().await? else {
        return Ok(None);
    };
    if rows.count != rows.different {
        return Err(Failure::new(format!("events are there more than once: {rows:?}")));
    }
    match accepted {
        Some(accepted) if accepted != rows.count => {
            Err(Failure::new(format!("{accepted} events accepted, {rows:?}")))
        }
        None if !possible.contains(&rows.count) => {
            Err(Failure::new(format!("{possible:?} events answered, {rows:?}")))
        }
        _ => Ok(Some(rows.count)),
    }
}
