//! One run: a server with nothing in it, who takes in and who delivers, the load, and a look at what arrived.

use std::process::Stdio;
use std::time::Duration;

use forebay_testkit::nats::NatsServer;
use serde::Serialize;
use tokio::process::{Child, Command};

use super::bare;
use super::meter::{AT_MOST, LOOK_EVERY, Meter, Reading};
use crate::clock;
use crate::failure::Failure;
use crate::server::Server;
use crate::setup::Setup;
use crate::sink::{Sink, SinkKind};
use crate::usage::Ticks;
use crate::wrk::{Load, Seen};

const CONNECTIONS: u32 = 64;
const GROUP_EVENTS: u32 = 100;
#[derive(Debug, Clone, Copy)]
pub(super) enum Contender {
    /// async-nats alone, with the events left nowhere, or in a table.
    Bare { rows: bool },
    /// So many that take in and as many that deliver.
    Forebay { processes: u32 },
}

/// The figures of one run.
#[derive(Debug, Clone, Copy, Serialize)]
pub(super) struct Sample {
    /// From the first request until the stream is empty.
    pub(super) through_per_s: f64,
    pub(super) taken_per_s: f64,
    /// Processor time an event: who takes in, who delivers, the NATS server, PostgreSQL.
    pub(super) ingest_us: f64,
    pub(super) consume_us: f64,
    pub(super) server_us: f64,
    pub(super) database_us: f64,
    pub(super) cores_busy: f64,
    /// Of one event, in the stream and in the log of PostgreSQL.
    pub(super) stream_bytes: f64,
    pub(super) wal_bytes: f64,
}

/// What is known after a run.
struct Run {
    events: u64,
    /// From the first request to the last answer, and until nothing is left.
    taken_in: Duration,
    took: Duration,
    ingest: Ticks,
    consume: Ticks,
    readings: [Reading; 2],
    bytes_a_message: f64,
}

impl Contender {
    pub(super) fn name(self) -> String {
        match self {
            Contender::Bare { rows: false } => "bare, events left nowhere".to_owned(),
            Contender::Bare { rows: true } => "bare, copied into PostgreSQL".to_owned(),
            Contender::Forebay { processes: 1 } => "forebay, 1 and 1".to_owned(),
            Contender::Forebay { processes } => format!("forebay, {processes} and {processes}"),
        }
    }
}

pub(super) async fn run(
    setup: &Setup,
    contender: Contender,
    groups: u64,
) -> Result<Sample, Failure> {
    let server = NatsServer::start_new();
    let sink = setup.empty_sink(SinkKind::Postgres).await?;
    match contender {
        Contender::Bare { rows } => bare_run(setup, &server, rows.then_some(&sink), groups).await,
        Contender::Forebay { processes } => {
            forebay_run(setup, &server, &sink, processes, groups).await
        }
    }
}

async fn bare_run(
    setup: &Setup,
    server: &NatsServer,
    sink: Option<&Sink<'_>>,
    groups: u64,
) -> Result<Sample, Failure> {
    let url = server.url("");
    let url = url.trim_end_matches('/');
    let client = async_nats::connect(url).await.map_err(|error| Failure::because(url, error))?;
    bare::prepare(&async_nats::jetstream::new(client)).await?;
    let meter = Meter::over(setup, server, "bare").await;
    let mut pull = bare_part("pull", url, groups, sink)?;
    clock::pause(Duration::from_millis(200)).await; // until it waits
    let (before, started) = (meter.read().await?, clock::now());
    let mut publish = bare_part("publish", url, groups, None)?;
    let taking = async { Ok((ends(&mut publish).await?, started.elapsed())) };
    let ((ingest, taken_in), bytes_a_message) = tokio::try_join!(taking, meter.bytes_a_message())?;
    meter.empty().await?;
    let took = started.elapsed();
    let consume = ends(&mut pull).await?;
    let readings = [before, meter.read().await?];
    let events = groups * u64::from(GROUP_EVENTS);
    if let Some(sink) = sink {
        check(sink, events).await?;
    }
    let run = Run { events, taken_in, took, ingest, consume, readings, bytes_a_message };
    Ok(run.sample())
}

fn bare_part(
    part: &str,
    url: &str,
    groups: u64,
    sink: Option<&Sink<'_>>,
) -> Result<Child, Failure> {
    let own = std::env::current_exe().map_err(|error| Failure::because("the bench", error))?;
    let mut command = Command::new(own);
    command.args(["bare", part, "--server", url, "--groups", &groups.to_string()]);
    if let Some(sink) = sink {
        command.args(["--database", &sink.database()]);
    }
    let command = command.stdin(Stdio::null()).kill_on_drop(true);
    command.spawn().map_err(|error| Failure::because("starting a bare part", error))
}

/// Waits for its end and says what it used, which the kernel tells as long as nobody has waited for it.
async fn ends(part: &mut Child) -> Result<Ticks, Failure> {
    let process = part.id().ok_or_else(|| Failure::new("a part ended at once"))?;
    let mut used = Ticks(0);
    loop {
        if let Ok(now) = Ticks::of(process) {
            used = now;
        }
        let ended = part.try_wait().map_err(|error| Failure::because("a bare part", error))?;
        match ended {
            Some(status) if status.success() => return Ok(used),
            Some(status) => return Err(Failure::new(format!("a bare part ended with {status}"))),
            None => clock::pause(LOOK_EVERY).await,
        }
    }
}

async fn forebay_run(
    setup: &Setup,
    server: &NatsServer,
    sink: &Sink<'_>,
    processes: u32,
    groups: u64,
) -> Result<Sample, Failure> {
    let (mut ingest, mut consume) = (Vec::new(), Vec::new());
    for _ in 0..processes {
        ingest.push(serve(setup, server, "ingest", None).await?);
        consume.push(serve(setup, server, "consume", Some(sink)).await?);
    }
    let meter = Meter::over(setup, server, "events").await;
    let (before, used) = (meter.read().await?, [of_all(&ingest)?, of_all(&consume)?]);
    let started = clock::now();
    let loads = (0..processes)
        .zip(&ingest)
        .map(|(place, ingest)| setup.wrk.run(ingest.address, load(place, processes, groups)));
    let taking = async {
        let seen = futures_util::future::try_join_all(loads).await?;
        Ok((seen, started.elapsed()))
    };
    let ((seen, taken_in), bytes_a_message) = tokio::try_join!(taking, meter.bytes_a_message())?;
    meter.empty().await?;
    let took = started.elapsed();
    let (ingest_used, consume_used) = (of_all(&ingest)?, of_all(&consume)?);
    let readings = [before, meter.read().await?];
    for process in ingest.into_iter().chain(consume) {
        process.stop().await?;
    }
    let events = delivered(sink, &seen).await?;
    let [ingest, consume] = [ingest_used.since(used[0]), consume_used.since(used[1])];
    let run = Run { events, taken_in, took, ingest, consume, readings, bytes_a_message };
    Ok(run.sample())
}

/// The share of one of the processes that take in.
fn load(place: u32, processes: u32, groups: u64) -> Load {
    Load {
        connections: CONNECTIONS / processes,
        events_per_request: GROUP_EVENTS,
        first_request: u64::from(place) * groups * 2,
        at_most: AT_MOST,
        answers: Some(groups / u64::from(processes)),
        pause: Duration::ZERO,
    }
}

/// How many events are in the sink, each once: those that were answered, and perhaps what was under way when the client ended.
async fn delivered(sink: &Sink<'_>, seen: &[Seen]) -> Result<u64, Failure> {
    let rows = sink.rows().await?.map_or(0, |rows| rows.count);
    let answered = seen.iter().map(Seen::accepted).sum::<u64>() * u64::from(GROUP_EVENTS);
    let under_way = u64::from(CONNECTIONS * GROUP_EVENTS);
    let refused: u64 = seen.iter().map(|seen| seen.refused).sum();
    if refused > 0 || !(answered..=answered + under_way).contains(&rows) {
        let what = format!("{answered} events answered, {refused} requests refused, {rows} rows");
        return Err(Failure::new(what));
    }
    check(sink, rows).await?;
    Ok(rows)
}

async fn serve(
    setup: &Setup,
    server: &NatsServer,
    role: &str,
    sink: Option<&Sink<'_>>,
) -> Result<Server, Failure> {
    let mut command = Command::new(&setup.forebay);
    command.arg("serve").current_dir(setup.folder());
    command.args(["--role", role, "--backlog", &server.url("events")]);
    command.env("FOREBAY__BACKLOG__EVENTS_MAX", "3000000");
    command.env("FOREBAY__BACKLOG__BYTES_MAX", (4_u64 << 30).to_string());
    if let Some(sink) = sink {
        command.args(["--sink", &sink.url()]);
    }
    Server::start(setup, command).await
}

async fn check(sink: &Sink<'_>, events: u64) -> Result<(), Failure> {
    match sink.rows().await? {
        Some(rows) if rows.count == events && rows.different == events => Ok(()),
        rows => {
            Err(Failure::new(format!("{events} events went through, in the sink are {rows:?}")))
        }
    }
}

fn of_all(servers: &[Server]) -> Result<Ticks, Failure> {
    servers.iter().try_fold(Ticks(0), |sum, server| Ok(Ticks(sum.0 + Ticks::of(server.process)?.0)))
}

impl Run {
    fn sample(&self) -> Sample {
        let events = self.events as f64;
        let [before, after] = self.readings;
        let server = after.server.since(before.server);
        let database = after.database.since(before.database);
        let seconds = |used: Ticks| used.as_duration().as_secs_f64();
        let us_an_event = |used: Ticks| seconds(used) * 1e6 / events;
        let all = [self.ingest, self.consume, server, database].map(seconds);
        Sample {
            through_per_s: events / self.took.as_secs_f64(),
            taken_per_s: events / self.taken_in.as_secs_f64(),
            ingest_us: us_an_event(self.ingest),
            consume_us: us_an_event(self.consume),
            server_us: us_an_event(server),
            database_us: us_an_event(database),
            cores_busy: all.iter().sum::<f64>() / self.took.as_secs_f64(),
            stream_bytes: self.bytes_a_message / f64::from(GROUP_EVENTS),
            wal_bytes: after.wal_bytes.saturating_sub(before.wal_bytes) as f64 / events,
        }
    }
}
