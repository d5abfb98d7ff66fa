//! Slow connections by the thousand beside honest clients: what those notice, and what memory it takes.

use serde_json::json;

use super::crowd::{CONNECTIONS, Crowd, Dribble};
use super::service::{Keys, Service, Terms, Wire};
use super::{Found, Plan};
use crate::failure::Failure;
use crate::goals::Goal;
use crate::report::{Ratio, Section};
use crate::rounds::{Spread, order};
use crate::setup::Setup;
use crate::wrk::Seen;

/// Who else is connected.
struct Case {
    name: &'static str,
    crowd: Option<Dribble>,
    wire: Wire,
    /// What is compared with: nobody else, over the same kind of connection.
    without: usize,
    p99: &'static str,
    memory: &'static str,
}

const fn case(name: &'static str, p99: &'static str, memory: &'static str, crowd: Dribble) -> Case {
    Case { name, crowd: Some(crowd), wire: Wire::Plain, without: 0, p99, memory }
}

const fn nobody(name: &'static str, wire: Wire) -> Case {
    Case { name, crowd: None, wire, without: 0, p99: "", memory: "" }
}

static CASES: [Case; 6] = [
    nobody("nobody else", Wire::Plain),
    nobody("nobody else, over TLS", Wire::Tls),
    case("heads that do not end", "loris_heads_p99", "loris_heads_mib", Dribble::Head),
    case("bodies that do not end", "loris_bodies_p99", "loris_bodies_mib", Dribble::Body),
    case("second heads that do not end", "loris_again_p99", "loris_again_mib", Dribble::NextHead),
    Case {
        wire: Wire::Tls,
        without: 1,
        ..case("handshakes that do not end", "loris_tls_p99", "loris_tls_mib", Dribble::Handshake)
    },
];

#[derive(Clone, Copy)]
struct Sample {
    seen: Seen,
    peak_mib: f64,
}

/// Measures every case once a round.
pub(super) async fn measure(setup: &Setup, keys: &Keys, plan: Plan) -> Result<Found, Failure> {
    let mut samples: [Vec<Sample>; CASES.len()] = Default::default();
    for round in 0..plan.rounds {
        eprintln!("slow connections: round {} of {}", round + 1, plan.rounds);
        for place in order(round, CASES.len()) {
            samples[place].push(run(setup, keys, plan, &CASES[place]).await?);
        }
    }
    let mut ratios = Vec::new();
    for (case, with) in CASES.iter().zip(&samples).filter(|(case, _)| case.crowd.is_some()) {
        let pairs = || with.iter().zip(&samples[case.without]);
        ratios.push(Ratio::of(
            case.p99,
            "p99 of honest clients beside 5,000 slow connections ÷ without them",
            Some(Goal::at_most(3.0)),
            pairs().map(|(with, without)| with.seen.p99_us / without.seen.p99_us),
        )?);
        ratios.push(Ratio::of(
            case.memory,
            "the greatest resident memory beside them, beyond that without, MiB",
            Some(Goal::at_most(64.0)),
            pairs().map(|(with, without)| with.peak_mib - without.peak_mib),
        )?);
    }
    let rows = CASES.iter().zip(&samples).map(|(case, samples)| row(case.name, samples)).collect();
    let section = Section {
        title: "Slow connections",
        text: "8 honest connections, one event a request, 6 ms between an answer and the next request; beside them 5,000 \
               connections that say a byte every two seconds, and come again when they are sent away. Medians over the \
               rounds, in brackets the least and the most. Every event that was answered is in the sink once.",
        head: &["beside them", "requests/s", "p50 µs", "p99 µs", "peak MiB"],
        rows,
    };
    let figures = CASES.iter().zip(&samples).map(|(case, samples)| {
        json!({
            "case": case.name,
            "p99_us": samples.iter().map(|sample| sample.seen.p99_us).collect::<Vec<_>>(),
            "peak_mib": samples.iter().map(|sample| sample.peak_mib).collect::<Vec<_>>(),
        })
    });
    Ok(Found { name: "loris", ratios, section, samples: figures.collect() })
}

async fn run(setup: &Setup, keys: &Keys, plan: Plan, case: &Case) -> Result<Sample, Failure> {
    let service = Service::start(setup, keys, Terms { wire: case.wire, ..Terms::PLAIN }).await?;
    let crowd = match case.crowd {
        Some(dribble) => Some(Crowd::gather(service.target().address, dribble).await?),
        None => None,
    };
    let load = plan.honest();
    let seen = setup.wrk.run_at(service.target(), load).await?;
    // Those who are sent away come again at once; more than a few missing would be another crowd.
    if let Some(open) = crowd.as_ref().map(Crowd::open).filter(|open| *open < CONNECTIONS * 9 / 10)
    {
        return Err(Failure::new(format!("{}: only {open} are left", case.name)));
    }
    if seen.refused > 0 {
        return Err(Failure::new(format!("{}: {} were refused", case.name, seen.refused)));
    }
    let peak_mib = service.resident()?.peak_kib as f64 / 1024.0;
    drop(crowd);
    service.end(&[(load, seen)]).await?;
    Ok(Sample { seen, peak_mib })
}

fn row(name: &str, samples: &[Sample]) -> Vec<String> {
    let range = |figure: fn(&Sample) -> f64| {
        Spread::of(samples.iter().map(figure)).map_or_else(String::new, |spread| {
            format!("{:.0} ({:.0}–{:.0})", spread.median, spread.min, spread.max)
        })
    };
    vec![
        name.to_owned(),
        range(|sample| sample.seen.accepted_per_s()),
        range(|sample| sample.seen.p50_us),
        range(|sample| sample.seen.p99_us),
        range(|sample| sample.peak_mib),
    ]
}
