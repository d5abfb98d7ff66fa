//! Seeds: drawn anew for each run, printed, and taken back.

use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};

/// The environment variable that repeats a run.
const VARIABLE: &str = "FOREBAY_SEED";

/// The seed of this run: `FOREBAY_SEED`, or a new one. Printed, so that it stands above the
/// message of a test that fails.
///
/// # Panics
/// When `FOREBAY_SEED` is not a whole number below 2^64.
#[expect(clippy::print_stdout, reason = "the test runner shows it with the failure")]
pub fn seed() -> u64 {
    let seed = match std::env::var(VARIABLE) {
        Ok(text) => text.parse().expect("FOREBAY_SEED is a whole number below 2^64"),
        Err(_) => fresh(),
    };
    println!("to repeat this run: {VARIABLE}={seed}");
    seed
}

/// A runner of `cases` random cases whose seed is printed; of a few under Miri, which is a
/// thousand times slower.
pub fn runner(cases: u32) -> TestRunner {
    let mut bytes = [0; 32];
    bytes[..8].copy_from_slice(&seed().to_le_bytes());
    let rng = TestRng::from_seed(RngAlgorithm::ChaCha, &bytes);
    let cases = if cfg!(miri) { cases.div_ceil(100) } else { cases };
    let config = Config { cases, failure_persistence: None, ..Config::default() };
    TestRunner::new_with_rng(config, rng)
}

/// A seed that nobody chose.
pub fn fresh() -> u64 {
    use std::hash::{BuildHasher, RandomState};
    // The standard library seeds its hash maps from the system; that is chance enough here.
    RandomState::new().hash_one("forebay")
}
