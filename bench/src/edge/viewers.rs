//! What the live page costs, open in twenty browsers: processor time, and requests that are no longer answered.

use std::net::SocketAddr;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::task::JoinSet;

use super::Plan;
use super::service::{Keys, Service, Terms};
use crate::clock;
use crate::failure::Failure;
use crate::goals::Goal;
use crate::report::Ratio;
use crate::rounds::order;
use crate::setup::Setup;
use crate::wrk::{Load, Seen};

const VIEWERS: usize = 20;

/// Some events a second, so that every look is a new one.
const TRICKLE: Load = Load {
    connections: 1,
    events_per_request: 1,
    first_request: 0,
    at_most: Duration::from_secs(5),
    answers: None,
    pause: Duration::from_millis(50),
};

/// Measures the costs while little happens, and the rate of `POST` with and without viewers once a round.
pub(super) async fn measure(setup: &Setup, keys: &Keys, plan: Plan) -> Result<Vec<Ratio>, Failure> {
    let mut samples: [Vec<Sample>; 2] = [Vec::new(), Vec::new()];
    let mut shares = Vec::new();
    for round in 0..plan.rounds {
        eprintln!("viewers: round {} of {}", round + 1, plan.rounds);
        for place in order(round, samples.len()) {
            samples[place].push(run(setup, keys, plan, [0, VIEWERS][place]).await?);
        }
        shares.push(share(setup, keys).await?);
    }
    let [none, many] = samples;
    let pairs = || many.iter().zip(&none);
    Ok(vec![
        Ratio::of(
            "viewers_20_share_of_a_core",
            "processor time of `serve` with 20 viewers, beyond that without, at some 20 events/s",
            Some(Goal::at_most(0.03)),
            shares,
        )?,
        Ratio::of(
            "viewers_20_post_rate",
            "POST of one event, 64 connections: requests/s with 20 viewers ÷ without",
            Some(Goal::at_least(0.98)),
            pairs().map(|(many, none)| many.seen.accepted_per_s() / none.seen.accepted_per_s()),
        )?,
        Ratio::of(
            "viewers_20_post_cpu",
            "the server's processor time for one of them with 20 viewers ÷ without",
            None,
            pairs().map(|(many, none)| many.cpu_us_per_request / none.cpu_us_per_request),
        )?,
    ])
}

struct Sample {
    seen: Seen,
    cpu_us_per_request: f64,
}

/// Sends the load to a service with so many viewers, and checks that every event has arrived.
async fn run(setup: &Setup, keys: &Keys, plan: Plan, viewers: usize) -> Result<Sample, Failure> {
    let service = Service::start(setup, keys, Terms::PLAIN).await?;
    let audience = Audience::of(viewers, service.target().address).await?;
    let load = plan.full_speed();
    let before = service.used()?;
    let seen = setup.wrk.run_at(service.target(), load).await?;
    if seen.refused > 0 {
        return Err(Failure::new(format!("{} requests were refused", seen.refused)));
    }
    let accepted = service.drained().await?.accepted;
    let used = service.used()?.since(before).as_duration();
    audience.leave()?;
    service.end(&[(load, seen)]).await?;
    Ok(Sample { seen, cpu_us_per_request: used.as_secs_f64() * 1e6 / accepted.max(1) as f64 })
}

/// The share of a core that the viewers cost while little happens.
async fn share(setup: &Setup, keys: &Keys) -> Result<f64, Failure> {
    let service = Service::start(setup, keys, Terms::PLAIN).await?;
    let (alone, without) = watch(setup, &service, TRICKLE).await?;
    let audience = Audience::of(VIEWERS, service.target().address).await?;
    let later = Load { first_request: 500_000_000, ..TRICKLE };
    let (viewed, with) = watch(setup, &service, later).await?;
    audience.leave()?;
    service.end(&[(TRICKLE, alone), (later, viewed)]).await?;
    Ok((with.as_secs_f64() - without.as_secs_f64()) / TRICKLE.at_most.as_secs_f64())
}

/// Sends the load; what processor time the server used meanwhile.
async fn watch(
    setup: &Setup,
    service: &Service<'_>,
    load: Load,
) -> Result<(Seen, Duration), Failure> {
    let before = service.used()?;
    let seen = setup.wrk.run_at(service.target(), load).await?;
    Ok((seen, service.used()?.since(before).as_duration()))
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
