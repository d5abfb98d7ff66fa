//! What can only be seen of the command as a whole: its cores and its memory.

use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use tokio::process::Command;

use crate::clock;
use crate::failure::Failure;
use crate::rounds::order;
use crate::usage::Resident;

const SWEEP: [&str; 10] = [
    "simulate",
    "sweep",
    "--engage",
    "1..8",
    "--fast",
    "200ms..600ms/6",
    "--for",
    "100h",
    "--runs",
    "8",
];

/// Between two looks at a process.
const LOOK_EVERY_MS: u64 = 20;

/// Seconds that a sweep takes on one core and on two, a row a round.
pub(super) async fn sweeps(forebay: &Path, rounds: usize) -> Result<Vec<[f64; 2]>, Failure> {
    let mut found = Vec::new();
    for round in 0..rounds {
        eprintln!("sweep: round {} of {rounds}", round + 1);
        let (mut seconds, mut said) = ([f64::NAN; 2], [const { Vec::new() }; 2]);
        for at in order(round, 2) {
            let mut command = Command::new(forebay);
            command.args(SWEEP).args(["--json", "--threads", &(at + 1).to_string()]);
            let start = clock::now();
            let output = command.stderr(Stdio::null()).kill_on_drop(true).output().await;
            let output = output.map_err(|error| Failure::because("forebay simulate", error))?;
            seconds[at] = start.elapsed().as_secs_f64();
            if !output.status.success() {
                return Err(Failure::new("forebay simulate sweep failed"));
            }
            said[at] = output.stdout;
        }
        if said[0] != said[1] {
            return Err(Failure::new("a sweep finds something else on two cores than on one"));
        }
        found.push(seconds);
    }
    Ok(found)
}

/// The greatest resident memory of a run, in KiB: of a short one, and of one ten times as long.
pub(super) async fn memory(forebay: &Path) -> Result<[f64; 2], Failure> {
    Ok([peak_kib(forebay, "100000s").await?, peak_kib(forebay, "1000000s").await?])
}

async fn peak_kib(forebay: &Path, span: &str) -> Result<f64, Failure> {
    let mut command = Command::new(forebay);
    // So many runs that there is something to look at.
    command.args(["simulate", "--for", span, "--runs", "64", "--threads", "1", "--json"]);
    command.stdout(Stdio::null()).stderr(Stdio::null()).kill_on_drop(true);
    let mut child = command.spawn().map_err(|error| Failure::because("forebay simulate", error))?;
    let mut peak_kib = 0;
    while let Some(process) = child.id() {
        // It may be just gone.
        let resident = Resident::of(process).map_or(0, |resident| resident.peak_kib);
        peak_kib = resident.max(peak_kib);
        let wait = tokio::time::timeout(Duration::from_millis(LOOK_EVERY_MS), child.wait()).await;
        match wait {
            Ok(Ok(status)) if !status.success() => {
                return Err(Failure::new("forebay simulate failed"));
            }
            Ok(_) => break,
            Err(_) => {}
        }
    }
    match peak_kib {
        0 => Err(Failure::new("forebay simulate ended before anybody looked")),
        peak_kib => Ok(peak_kib as f64),
    }
}
