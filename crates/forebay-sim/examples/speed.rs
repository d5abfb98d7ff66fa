//! How fast the system of two loops is simulated, against drawing its random numbers alone.

#![expect(clippy::print_stdout, reason = "an example shows")]
#![expect(clippy::disallowed_methods, reason = "it measures time")]

use std::time::{Duration, Instant};

use forebay_sim::{Arrivals, Model, RunPlan, SimError, Watch, run};
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::SeedableRng;

fn main() -> Result<(), SimError> {
    let model = Model::two_loops();
    let plan = RunPlan { horizon: Duration::from_secs(20_000_000), ..RunPlan::default() };
    for round in 0..12 {
        let start = Instant::now();
        let figures = run(&model, &plan, &Watch::default())?;
        let simulated = start.elapsed();
        let alone = drawing(&model, figures.arrivals, figures.got);
        println!(
            "round {round}: {} events, {:.1} million a second; {:.2} times as long as drawing",
            figures.events,
            figures.events as f64 / simulated.as_secs_f64() / 1e6,
            simulated.as_secs_f64() / alone.as_secs_f64()
        );
    }
    Ok(())
}

/// As many gaps and pauses as the run drew, and nothing done with them but their sum.
fn drawing(model: &Model, gaps: u64, pauses: u64) -> Duration {
    let Arrivals::Gaps(gap) = &model.arrivals else { return Duration::ZERO };
    let (mut one, mut other) = (ChaCha8Rng::seed_from_u64(1), ChaCha8Rng::seed_from_u64(2));
    let start = Instant::now();
    let mut sum = 0_u64;
    for _ in 0..gaps {
        sum = sum.wrapping_add(gap.draw_ns(&mut one));
    }
    for at in 0..pauses {
        let pause = &model.gears[usize::from(at % 7 < 4)].pause;
        sum = sum.wrapping_add(pause.draw_ns(&mut other));
    }
    std::hint::black_box(sum);
    start.elapsed()
}
