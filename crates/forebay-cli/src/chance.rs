//! The only place that asks for chance; everything else is given a generator or a seed.

use std::hash::{BuildHasher, Hasher, RandomState};

/// A seed that nobody chose.
///
/// The standard library keys its hash maps with randomness of the operating system; an empty
/// hash under such keys is 64 bits of it. Good for a demonstration and for spreading retries in
/// time, not for secrets.
pub(crate) fn seed() -> u64 {
    RandomState::new().build_hasher().finish()
}
