//! Where a run's chance comes from: a stream for each purpose, so that what one part draws does
//! not change what another sees.

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::SeedableRng;

/// A run's generators.
#[derive(Debug, Clone)]
pub(crate) struct Chance {
    /// For the gaps between items.
    pub(crate) arrivals: ChaCha8Rng,
    /// For pauses and service.
    pub(crate) service: ChaCha8Rng,
    /// For the pauses between attempts.
    pub(crate) retries: ChaCha8Rng,
}

const PURPOSES: u64 = 3;

impl Chance {
    /// Of this run of this seed. Models with the same seed see the same chance, run for run.
    pub(crate) fn of_run(seed: u64, run: usize) -> Self {
        let stream = |purpose: u64| {
            let mut generator = ChaCha8Rng::seed_from_u64(seed);
            generator.set_stream(run as u64 * PURPOSES + purpose);
            generator
        };
        Chance { arrivals: stream(0), service: stream(1), retries: stream(2) }
    }
}
