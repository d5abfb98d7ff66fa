//! What a producer feels of a sink that is away: the p99 of `POST` with PostgreSQL stopped, against running.

use std::time::Duration;

use super::plan::Plan;
use super::run::check;
use crate::contender::Contender;
use crate::failure::Failure;
use crate::goals::Goal;
use crate::report::{Ratio, Section};
use crate::rounds::{Spread, order};
use crate::server::Server;
use crate::setup::Setup;
use crate::sink::SinkKind;
use crate::status::Status;
use crate::wrk::{Load, Seen};

const DRAINED_WITHIN: Duration = Duration::from_secs(120);
const NOTICED_WITHIN: Duration = Duration::from_secs(30);

/// Some 2,000 requests a second. At full speed a running PostgreSQL would take the processor away from the server, and
/// stopping it would only look good.
const LOAD: Load = Load {
    connections: 8,
    events_per_request: 1,
    first_request: 0,
    at_most: Duration::from_secs(3),
    answers: None,
    pause: Duration::from_millis(4),
};

/// How PostgreSQL is while the client sends.
#[derive(Clone, Copy)]
enum Database {
    Running,
    Stopped,
}

/// The ratio and the figures behind it.
pub(super) struct Outages {
    pub(super) ratio: Ratio,
    pub(super) section: Section,
}

/// Measures both states once a round.
pub(super) async fn measure(setup: &Setup, plan: &Plan) -> Result<Outages, Failure> {
    const STATES: [Database; 2] = [Database::Running, Database::Stopped];
    let mut seen: [Vec<Seen>; 2] = [Vec::new(), Vec::new()];
    for round in 0..plan.rounds {
        eprintln!("outage: round {} of {}", round + 1, plan.rounds);
        for place in order(round, STATES.len()) {
            seen[place].push(run(setup, STATES[place]).await?);
        }
    }
    let [running, stopped] = seen;
    let ratio = Ratio::of(
        "p99_sink_stopped_vs_running",
        "p99 of POST, 8 connections at some 2,000 requests/s together: PostgreSQL stopped / running",
        Some(Goal::at_most(1.5)),
        stopped.iter().zip(&running).map(|(stopped, running)| stopped.p99_us / running.p99_us),
    )?;
    let section = Section {
        title: "PostgreSQL away",
        text: "8 connections, 1 event a request, 4 ms between an answer and the next request; medians over the rounds, in brackets the least and the most. Afterwards \
               PostgreSQL is started again, and every accepted event has to be there once.",
        head: &["PostgreSQL", "requests/s", "p50 µs", "p99 µs"],
        rows: vec![row("running", &running), row("stopped", &stopped)],
    };
    Ok(Outages { ratio, section })
}

async fn run(setup: &Setup, database: Database) -> Result<Seen, Failure> {
    let sink = setup.empty_sink(SinkKind::Postgres).await?;
    let server =
        Server::start(setup, Contender::FOREBAY_POSTGRES.command(setup, Some(&sink))?).await?;
    let address = server.address;
    Status::until(address, NOTICED_WITHIN, "up", |status| status.sink.state == "up").await?;
    let seen = match database {
        Database::Running => setup.wrk.run(address, LOAD).await?,
        Database::Stopped => {
            setup.postgres.stop();
            let seen = setup.wrk.run(address, LOAD).await?;
            setup.postgres.start();
            seen
        }
    };
    let status = Status::drained(address, DRAINED_WITHIN).await?;
    server.stop().await?;
    status.check()?;
    check(Some(&sink), LOAD, &seen, Some(status.accepted)).await?;
    Ok(seen)
}

fn row(name: &str, seen: &[Seen]) -> Vec<String> {
    let range = |figure: fn(&Seen) -> f64| {
        let spread = Spread::of(seen.iter().map(figure));
        spread.map_or_else(String::new, |Spread { median, min, max, .. }| {
            format!("{median:.0} ({min:.0}–{max:.0})")
        })
    };
    vec![
        name.to_owned(),
        range(Seen::accepted_per_s),
        range(|seen| seen.p50_us),
        range(|seen| seen.p99_us),
    ]
}
