//! The real thing against the simulated one: what items wait in `forebay demo --speed 1000`, on the real clock, and in the
//! simulator, by the test of Kolmogorov and Smirnov.

use std::collections::VecDeque;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Instant;

use forebay_sim::{Model, Plan, Watch, simulate};

use crate::clock;
use crate::failure::Failure;

const SPEED: u64 = 1000;
const SPAN: &str = "20s";

/// Neighbors wait alike; so far apart they tell nothing of each other. A round trip of the gears takes some twenty items.
const EVERY: usize = 40;

/// The distance that one sample in a hundred exceeds by chance is this, divided by the root of its size.
const CRITICAL: f64 = 1.63;

/// How far the two distributions are apart, in critical distances: above 1 they differ.
pub(super) async fn distance(forebay: &Path, seed: usize) -> Result<f64, Failure> {
    let forebay = forebay.to_owned();
    let waits = tokio::task::spawn_blocking(move || waits_ns(&forebay, seed)).await;
    let waits = waits.map_err(|error| Failure::because("the demo's reader", error))??;
    let simulated = simulate(&Model::two_loops(), &Plan::default(), &Watch::default())
        .map_err(|error| Failure::because("simulating", error))?;
    let mut sample: Vec<u64> = waits.into_iter().step_by(EVERY).collect();
    sample.sort_unstable();
    Ok(simulated.waits.distance_from(&sample) * (sample.len() as f64).sqrt() / CRITICAL)
}

/// What each item of a run of the demo waited, in its own nanoseconds, as a reader of its lines sees it.
fn waits_ns(forebay: &Path, seed: usize) -> Result<Vec<u64>, Failure> {
    let seed = seed.to_string();
    let mut command = Command::new(forebay);
    command.args(["demo", "--speed", "1000", "--for", SPAN, "--seed", &seed]);
    let mut demo = command
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .map_err(|error| Failure::because("forebay demo", error))?;
    let lines = demo.stdout.take().map(|out| BufReader::new(out).lines()).into_iter().flatten();
    let (mut written, mut waits) = (VecDeque::<Instant>::new(), Vec::new());
    for line in lines {
        let line = line.map_err(|error| Failure::because("reading the demo", error))?;
        let now = clock::now();
        if line.starts_with("Writing") {
            written.push_back(now);
        } else if let Some(put) = written.pop_front() {
            waits.push((now - put).as_nanos() as u64 * SPEED);
        }
    }
    let status = demo.wait().map_err(|error| Failure::because("forebay demo", error))?;
    match status.success() && waits.len() > 1000 {
        true => Ok(waits),
        false => Err(Failure::new("forebay demo ended too early")),
    }
}
