//! A flood beside honest clients: ten times what a token may send, and tokens that nobody knows.

use std::time::Duration;

use serde_json::json;

use super::service::{Keys, Login, Service, Terms};
use super::{Found, Plan};
use crate::clock;
use crate::failure::Failure;
use crate::goals::Goal;
use crate::report::{Ratio, Section};
use crate::rounds::{Spread, order};
use crate::setup::Setup;
use crate::wrk::{Load, Seen, Standing, Target};

/// What each token may send: what this service has the capacity for, as it was told. So little that a client on the same
/// processors can ask for ten times as much.
const CAPACITY_PER_S: u64 = 500;

const TIMES: f64 = 10.0;

/// Honest clients come some time after the flood, and are gone before it ends.
const BEFORE: Duration = Duration::from_millis(500);

/// Who else sends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Flood {
    Nobody,
    /// Ten times the capacity, from one token.
    TenTimes,
    /// As much, from a token that nobody knows.
    Unknown,
    /// As fast as a client can: it shares the processor with the server.
    Unpaced,
}

const FLOODS: [Flood; 4] = [Flood::Nobody, Flood::TenTimes, Flood::Unknown, Flood::Unpaced];

impl Flood {
    fn name(self) -> &'static str {
        match self {
            Self::Nobody => "nobody else",
            Self::TenTimes => "ten times what its token may",
            Self::Unknown => "as much with an unknown token",
            Self::Unpaced => "as fast as a client can",
        }
    }

    /// The names of what the honest notice, and of how many times the limit it was, with their goals.
    fn ratios(self) -> Option<[(&'static str, Option<Goal>); 2]> {
        let (p99, times) = (Some(Goal::at_most(3.0)), Some(Goal::at_least(TIMES)));
        match self {
            Self::Nobody => None,
            Self::TenTimes => Some([("flood_10x_p99", p99), ("flood_10x_times", times)]),
            Self::Unknown => Some([("flood_unknown_p99", p99), ("flood_unknown_times", times)]),
            Self::Unpaced => Some([("flood_unpaced_p99", None), ("flood_unpaced_times", None)]),
        }
    }

    /// 64 connections that ask every three milliseconds are some 20,000 requests a second, less what answers take.
    fn load(self, honest: Load) -> Load {
        let pause = if self == Self::Unpaced { Duration::ZERO } else { Duration::from_millis(3) };
        let at_most = honest.at_most + Duration::from_secs(1);
        Load { connections: 64, first_request: 500_000_000, at_most, pause, ..honest }
    }
}

struct Sample {
    honest: Seen,
    flood: Option<Seen>,
}

impl Sample {
    /// How many times what a token may send the flood was.
    fn times(&self) -> Option<f64> {
        self.flood.map(|seen| seen.answered_per_s() / CAPACITY_PER_S as f64)
    }
}

/// Measures every flood once a round.
pub(super) async fn measure(setup: &Setup, keys: &Keys, plan: Plan) -> Result<Found, Failure> {
    let mut samples: [Vec<Sample>; FLOODS.len()] = Default::default();
    for round in 0..plan.rounds {
        eprintln!("floods: round {} of {}", round + 1, plan.rounds);
        for place in order(round, FLOODS.len()) {
            samples[place].push(run(setup, keys, plan, FLOODS[place]).await?);
        }
    }
    let mut ratios = Vec::new();
    for (flood, with) in FLOODS.iter().zip(&samples) {
        let Some([(p99, at_most), (times, at_least)]) = flood.ratios() else { continue };
        let pairs = with.iter().zip(&samples[0]);
        let values = pairs.map(|(with, without)| with.honest.p99_us / without.honest.p99_us);
        let what = "p99 of honest clients during the flood ÷ without it";
        ratios.push(Ratio::of(p99, what, at_most, values)?);
        let what = "requests/s of the flood that were answered ÷ what a token may send";
        ratios.push(Ratio::of(times, what, at_least, with.iter().filter_map(Sample::times))?);
    }
    let rows = FLOODS.iter().zip(&samples).map(|(flood, samples)| row(flood.name(), samples));
    let section = Section {
        title: "Floods",
        text: "Each token may send 500 requests a second. 8 honest connections with a token of their own, 20 ms between an \
               answer and the next request; beside them 64 connections with another token, more than 5,000 requests a second, \
               from a client that lets everybody else have the processor first. None of the honest is refused, and every \
               event that was answered with success, of both, is in the sink once.",
        head: &[
            "beside them",
            "requests/s",
            "p50 µs",
            "p99 µs",
            "flood answered/s",
            "of these accepted/s",
        ],
        rows: rows.collect(),
    };
    let figures = FLOODS.iter().zip(&samples).map(|(flood, samples)| {
        json!({
            "flood": flood.name(),
            "p99_us": samples.iter().map(|sample| sample.honest.p99_us).collect::<Vec<_>>(),
        })
    });
    Ok(Found { name: "flood", ratios, section, samples: figures.collect() })
}

async fn run(setup: &Setup, keys: &Keys, plan: Plan, flood: Flood) -> Result<Sample, Failure> {
    let login = Login::Token;
    let terms = Terms { login, requests_per_s: CAPACITY_PER_S, ..Terms::PLAIN };
    let service = Service::start(setup, keys, terms).await?;
    // Within the limit of their token.
    let load = Load { pause: Duration::from_millis(20), ..plan.honest() };
    let honest = async {
        if flood != Flood::Nobody {
            clock::pause(BEFORE).await;
        }
        setup.wrk.run_at(service.target(), load).await
    };
    let their_load = flood.load(load);
    let theirs = async {
        let token = match flood {
            Flood::Nobody => return Ok(None),
            Flood::Unknown => "nobody-knows-this".to_owned(),
            Flood::TenTimes | Flood::Unpaced => keys.other.clone(),
        };
        let standing = Standing::Last;
        let target = Target { token: Some(token), standing, ..service.target().clone() };
        setup.wrk.run_at(&target, their_load).await.map(Some)
    };
    let (honest, theirs) = tokio::try_join!(honest, theirs)?;
    if honest.refused > 0 {
        return Err(Failure::new(format!("{} of the honest were refused", honest.refused)));
    }
    let mut sent = vec![(load, honest)];
    if let Some(seen) = theirs {
        held_back(flood, &seen)?;
        sent.push((their_load, seen));
    }
    service.end(&sent).await?;
    Ok(Sample { honest, flood: theirs })
}

/// The flood got what it may, and no more: the rate, and what may come at once.
fn held_back(flood: Flood, seen: &Seen) -> Result<(), Failure> {
    let allowed = CAPACITY_PER_S as f64 * (seen.duration().as_secs_f64() + 1.0) * 1.05;
    let allowed = if flood == Flood::Unknown { 0.0 } else { allowed };
    match seen.refused > 0 && seen.accepted() as f64 <= allowed {
        true => Ok(()),
        false => Err(Failure::new(format!("the flood was not held back: {seen:?}"))),
    }
}

fn row(name: &str, samples: &[Sample]) -> Vec<String> {
    let range = |figure: fn(&Sample) -> Option<f64>| {
        Spread::of(samples.iter().filter_map(figure)).map_or_else(
            || "–".to_owned(),
            |spread| format!("{:.0} ({:.0}–{:.0})", spread.median, spread.min, spread.max),
        )
    };
    vec![
        name.to_owned(),
        range(|sample| Some(sample.honest.accepted_per_s())),
        range(|sample| Some(sample.honest.p50_us)),
        range(|sample| Some(sample.honest.p99_us)),
        range(|sample| sample.flood.map(|seen| seen.answered_per_s())),
        range(|sample| sample.flood.map(|seen| seen.accepted_per_s())),
    ]
}
