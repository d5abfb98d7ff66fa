//! Arrivals at a rate that changes over time, as a file that the simulator replays.

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::Path;
use std::time::Duration;

use forebay_sim::{Arrivals, Distribution, Format, Replay};
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};

use crate::failure::Failure;

/// Milliseconds since 1970 at the start: any that has as many digits to the end.
const START_MS: u64 = 1_700_000_000_000;

/// Draws arrivals that come `per_s(t)` times a second, never more often than `most_per_s`, by
/// thinning (Lewis and Shedler, 1979), and writes them to `path`.
pub(super) fn arrivals(
    per_s: impl Fn(f64) -> f64,
    most_per_s: f64,
    horizon: Duration,
    seed: u64,
    path: &Path,
) -> Result<Arrivals, Failure> {
    let failed = |error| Failure::because(path.display(), error);
    write(per_s, most_per_s, horizon, seed, path).map_err(failed)?;
    let replay = Replay::open(path, Format::Csv { column: "at_ms".to_owned() });
    replay.map(Arrivals::Replay).map_err(|error| Failure::because("arrivals", error))
}

fn write(
    per_s: impl Fn(f64) -> f64,
    most_per_s: f64,
    horizon: Duration,
    seed: u64,
    path: &Path,
) -> std::io::Result<()> {
    let mut chance = ChaCha8Rng::seed_from_u64(seed);
    let gap = Distribution::exponential(Duration::from_secs_f64(1.0 / most_per_s));
    let gap = gap.map_err(std::io::Error::other)?;
    let mut file = BufWriter::new(File::create(path)?);
    // The first one is where time starts.
    writeln!(file, "at_ms\n{START_MS}")?;
    let mut at = Duration::ZERO;
    loop {
        at += Duration::from_nanos(gap.draw_ns(&mut chance));
        if at >= horizon {
            return file.flush();
        }
        let share = f64::from(chance.next_u32()) / f64::from(u32::MAX);
        if share * most_per_s < per_s(at.as_secs_f64()) {
            writeln!(file, "{}", START_MS + at.as_millis() as u64)?;
        }
    }
}
