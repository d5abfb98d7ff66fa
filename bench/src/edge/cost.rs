//! What each part of the edge costs a request.

use serde_json::json;

use super::service::{Keys, Login, Service, Terms, Wire};
use super::{Found, Plan};
use crate::failure::Failure;
use crate::report::{Ratio, Section};
use crate::rounds::{Spread, order};
use crate::setup::Setup;

/// A limit that is looked at for each request and never reached.
const NEVER_REACHED_PER_S: u64 = 10_000_000;

const TERMS: [Terms; 5] = [
    Terms::PLAIN,
    Terms { name: "tokens", login: Login::Token, ..Terms::PLAIN },
    Terms { name: "limits", requests_per_s: NEVER_REACHED_PER_S, ..Terms::PLAIN },
    Terms { name: "tls", wire: Wire::Tls, ..Terms::PLAIN },
    Terms {
        name: "all",
        login: Login::Token,
        wire: Wire::Tls,
        requests_per_s: NEVER_REACHED_PER_S,
    },
];

#[derive(Clone, Copy)]
struct Sample {
    requests_per_s: f64,
    p99_us: f64,
    /// Of the server, delivery into SQLite included.
    cpu_us_per_request: f64,
}

/// Measures all terms once a round.
pub(super) async fn measure(setup: &Setup, keys: &Keys, plan: Plan) -> Result<Found, Failure> {
    let mut samples: [Vec<Sample>; TERMS.len()] = Default::default();
    for round in 0..plan.rounds {
        eprintln!("cost of the edge: round {} of {}", round + 1, plan.rounds);
        for place in order(round, TERMS.len()) {
            samples[place].push(run(setup, keys, plan, TERMS[place]).await?);
        }
    }
    let mut ratios = Vec::new();
    for (terms, with) in TERMS.iter().zip(&samples).skip(1) {
        let pairs = || with.iter().zip(&samples[0]);
        ratios.push(Ratio::of(
            format!("post_rate_with_{}", terms.name),
            "requests/s of POST, one event each, 64 connections ÷ those of a service that asks for nothing",
            None,
            pairs().map(|(with, without)| with.requests_per_s / without.requests_per_s),
        )?);
        ratios.push(Ratio::of(
            format!("post_cpu_with_{}", terms.name),
            "the server's processor time for one of them ÷ that of such a service",
            None,
            pairs().map(|(with, without)| with.cpu_us_per_request / without.cpu_us_per_request),
        )?);
    }
    let rows = TERMS.iter().zip(&samples).map(|(terms, samples)| row(terms.name, samples));
    let section = Section {
        title: "What the edge costs",
        text: "64 connections, one event a request, full speed, the backlog on disk and SQLite behind it. Tokens: a list of 16. \
               Limits: a rate that is never reached. All: tokens, limits and TLS. Every event is in the sink once.",
        head: &["asked for", "requests/s", "p99 µs", "processor µs a request"],
        rows: rows.collect(),
    };
    let figures = TERMS.iter().zip(&samples).map(|(terms, samples)| {
        json!({
            "terms": terms.name,
            "requests_per_s": samples.iter().map(|sample| sample.requests_per_s).collect::<Vec<_>>(),
            "cpu_us_per_request": samples.iter().map(|sample| sample.cpu_us_per_request).collect::<Vec<_>>(),
        })
    });
    Ok(Found { name: "cost", ratios, section, samples: figures.collect() })
}

async fn run(setup: &Setup, keys: &Keys, plan: Plan, terms: Terms) -> Result<Sample, Failure> {
    let service = Service::start(setup, keys, terms).await?;
    let load = plan.full_speed();
    let before = service.used()?;
    let seen = setup.wrk.run_at(service.target(), load).await?;
    if seen.refused > 0 {
        return Err(Failure::new(format!("{}: {} were refused", terms.name, seen.refused)));
    }
    let accepted = service.drained().await?.accepted;
    let used = service.used()?.since(before).as_duration();
    service.end(&[(load, seen)]).await?;
    Ok(Sample {
        requests_per_s: seen.accepted_per_s(),
        p99_us: seen.p99_us,
        cpu_us_per_request: used.as_secs_f64() * 1e6 / accepted.max(1) as f64,
    })
}

fn row(name: &str, samples: &[Sample]) -> Vec<String> {
    let range = |figure: fn(&Sample) -> f64, places: usize| {
        Spread::of(samples.iter().map(figure)).map_or_else(String::new, |spread| {
            let Spread { median, min, max, .. } = spread;
            format!("{median:.places$} ({min:.places$}–{max:.places$})")
        })
    };
    vec![
        name.to_owned(),
        range(|sample| sample.requests_per_s, 0),
        range(|sample| sample.p99_us, 0),
        range(|sample| sample.cpu_us_per_request, 1),
    ]
}
