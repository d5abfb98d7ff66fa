//! What befalls the sink, as text.

use std::time::Duration;

use forebay_sim::{Model, Retry, Sink, Trouble, time};

use super::Setup;

const FORMS: &str = "write slow:5min..10min:10 (ten times slower), dead:5min..10min, \
                     flaps:50s:10s (up, down), contention:4:0.1 (workers that do no harm, what each \
                     more costs all), or retry:100ms:100ms:30s (until it fails, first pause, \
                     longest pause)";

/// Adds one trouble, or says how attempts that fail are repeated.
pub(super) fn add(setup: &mut Setup, text: &str) -> Result<(), String> {
    let parts: Vec<&str> = text.trim().split(':').collect();
    match parts[..] {
        ["retry", fails_after, pause, pause_max] => {
            setup.retry = Retry {
                fails_after: span("until it fails", fails_after)?,
                pause: span("first pause", pause)?,
                pause_max: span("longest pause", pause_max)?,
            };
        }
        _ => setup.troubles.push(trouble(&parts)?),
    }
    let sink = Sink { troubles: setup.troubles.clone(), retry: setup.retry };
    let checked = Model { sink, ..Model::two_loops() };
    checked.check().map_err(|error| error.to_string())
}

fn trouble(parts: &[&str]) -> Result<Trouble, String> {
    Ok(match *parts {
        ["slow", range, times] => {
            let (from, to) = ends(range)?;
            Trouble::Slow { from, to, times: number(times)? }
        }
        ["dead", range] => {
            let (from, to) = ends(range)?;
            Trouble::Dead { from, to }
        }
        ["flaps", up, down] => Trouble::Flaps { up: span("up", up)?, down: span("down", down)? },
        ["contention", workers, loss] => Trouble::Contention {
            workers: workers.parse().map_err(|_| FORMS.to_owned())?,
            loss: number(loss)?,
        },
        _ => return Err(FORMS.to_owned()),
    })
}

fn ends(range: &str) -> Result<(Duration, Duration), String> {
    let (from, to) = range.split_once("..").ok_or(FORMS)?;
    Ok((span("from", from)?, span("to", to)?))
}

fn span(name: &str, text: &str) -> Result<Duration, String> {
    time(name, text).map_err(|error| error.to_string())
}

fn number(text: &str) -> Result<f64, String> {
    text.trim().parse().map_err(|_| FORMS.to_owned())
}
