//! What the live page costs, open in twenty browsers: processor time, and requests that are no longer answered.

use std::net::SocketAddr;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::task::JoinSet;

use super::plan::{MANY_SMALL, Plan};
use super::run::check;
use crate::clock;
use crate::contender::Contender;
use crate::failure::Failure;
use crate::goals::Goal;
use crate::report::Ratio;
use crate::rounds::order;
use crate::server::Server;
use crate::setup::Setup;
use crate::sink::SinkKind;
use crate::status::Status;
use crate::usage::Ticks;
use crate::wrk::{Load, Seen};

const VIEWERS: usize = 20;
const WATCHED_FOR: Duration = Duration::from_secs(10);
const DRAINED_WITHIN: Duration = Duration::from_secs(120);

/// Some events a second, so that every look is a new one.
const TRICKLE: Load = Load {
    connections: 1,
    events_per_request: 1,
    first_request: 0,
    at_most: WATCHED_FOR,
    answers: None,
    pause: Duration::from_millis(50),
};

/// Measures the costs while little happens, and the rate of `POST` with and without viewers once a round.
pub(super) async fn measure(setup: &Setup, plan: &Plan) -> Result<Vec<Ratio>, Failure> {
    let mut seen: [Vec<Seen>; 2] = [Vec::new(), Vec::new()];
    let load = plan.load(MANY_SMALL);
    let mut shares = Vec::new();
    for round in 0..plan.rounds {
        eprintln!("viewers: round {} of {}", round + 1, plan.rounds);
        for place in order(round, seen.len()) {
            seen[place].push(run(setup, load, [0, VIEWERS][place]).await?);
        }
        if round < 3 {
            shares.push(share(setup).await?);
        }
    }
    let [none, many] = seen;
    let rates =
        many.iter().zip(&none).map(|(many, none)| many.accepted_per_s() / none.accepted_per_s());
    Ok(vec![
        Ratio::of(
            "viewers_20_share_of_a_core",
            "processor time of `serve` with 20 viewers, beyond that without, at some 20 events/s",
            Some(Goal::at_most(0.03)),
            shares,
        )?,
        Ratio::of(
            "viewers_20_post_rate",
            "POST of one event, 64 connections: with 20 viewers / without",
            Some(Goal::at_least(0.98)),
            rates,
        )?,
    ])
}

/// Sends the load to a service with so many viewers, and checks that every event has arrived.
async fn run(setup: &Setup, load: Load, viewers: usize) -> Result<Seen, Failure> {
    let sink = setup.empty_sink(SinkKind::Sqlite).await?;
    let server =
        Server::start(setup, Contender::FOREBAY_SQLITE.command(setup, Some(&sink))?).await?;
    let audience = Audience::of(viewers, server.address).await?;
    let seen = setup.wrk.run(server.address, load).await?;
    audience.leave()?;
    let status = Status::drained(server.address, DRAINED_WITHIN).await?;
    server.stop().await?;
    status.check()?;
    check(Some(&sink), load, &seen, Some(status.accepted)).await?;
    Ok(seen)
}

/// The share of a core that the viewers cost while little happens.
async fn share(setup: &Setup) -> Result<f64, Failure> {
    let sink = setup.empty_sink(SinkKind::Sqlite).await?;
    let server =
        Server::start(setup, Contender::FOREBAY_SQLITE.command(setup, Some(&sink))?).await?;
    let without = used(setup, &server).await?;
    let audience = Audience::of(VIEWERS, server.address).await?;
    let with = used(setup, &server).await?;
    audience.leave()?;
    server.stop().await?;
    Ok((with.as_secs_f64() - without.as_secs_f64()) / WATCHED_FOR.as_secs_f64())
}

async fn used(setup: &Setup, server: &Server) -> Result<Duration, Failure> {
    let before = Ticks::of(server.process)?;
    setup.wrk.run(server.address, TRICKLE).await?;
    Ok(Ticks::of(server.process)?.since(before).as_duration())
}

/// Those who look at the page. They read whatever comes, and throw it away.
struct Audience(JoinSet<Result<(), Failure>>);

impl Audience {
    async fn of(viewers: usize, address: SocketAddr) -> Result<Self, Failure> {
        let mut reading = JoinSet::new();
        for _ in 0..viewers {
            let failed = |error| Failure::because("viewing", error);
            let mut stream = TcpStream::connect(address).await.map_err(failed)?;
            let request = format!("GET /live HTTP/1.1\r\nhost: {address}\r\n\r\n");
            stream.write_all(request.as_bytes()).await.map_err(failed)?;
            let mut part = vec![0; 65_536];
            let first = stream.read(&mut part).await.map_err(failed)?;
            if !part[..first].starts_with(b"HTTP/1.1 200") {
                return Err(Failure::new("a viewer was not let in"));
            }
            reading.spawn(async move {
                loop {
                    if stream.read(&mut part).await.map_err(failed)? == 0 {
                        return Err(Failure::new("a viewer was sent away"));
                    }
                }
            });
        }
        // Until each has had what comes first.
        clock::pause(Duration::from_millis(500)).await;
        Ok(Self(reading))
    }

    /// They go; nobody may have been sent away before.
    fn leave(mut self) -> Result<(), Failure> {
        match self.0.try_join_next() {
            Some(Ok(Err(failure))) => Err(failure),
            _ => Ok(()),
        }
    }
}
