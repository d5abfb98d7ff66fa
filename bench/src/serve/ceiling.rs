//! What accepting one event a request costs, against the handler that only parses and answers.

use std::time::Duration;

use super::plan::MANY_SMALL;
use super::run::run;
use crate::contender::Contender;
use crate::failure::Failure;
use crate::rounds::order;
use crate::setup::Setup;
use crate::wrk::Load;

const CONTENDERS: [Contender; 3] =
    [Contender::PARSE_ONLY, Contender::FOREBAY_SINK_DOWN, Contender::FOREBAY_SQLITE];

/// Requests/s at 64 connections, a row a round: of the handler, of forebay while no sink answers, and of forebay that
/// delivers into SQLite meanwhile. Each load takes whole seconds.
pub(crate) async fn against_parse_only(
    setup: &Setup,
    rounds: usize,
    at_most: Duration,
) -> Result<Vec<[f64; 3]>, Failure> {
    let load = Load {
        connections: MANY_SMALL.connections,
        events_per_request: MANY_SMALL.events_per_request,
        first_request: 0,
        at_most,
        answers: None,
        pause: Duration::ZERO,
    };
    let mut found = Vec::new();
    for round in 0..rounds {
        eprintln!("serve against parse-only: round {} of {rounds}", round + 1);
        let mut requests_per_s = [f64::NAN; CONTENDERS.len()];
        for place in order(round, CONTENDERS.len()) {
            let sample = run(setup, &CONTENDERS[place], load).await;
            let sample = sample.map_err(|error| Failure::because(CONTENDERS[place].name, error))?;
            eprintln!("  {}: {:.0} requests/s", CONTENDERS[place].name, sample.requests_per_s);
            requests_per_s[place] = sample.requests_per_s;
        }
        found.push(requests_per_s);
    }
    Ok(found)
}
