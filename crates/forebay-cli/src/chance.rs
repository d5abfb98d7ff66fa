//! The only place that asks for chance; everything else is given a generator or a seed.

use std::hash::{BuildHasher, Hasher, RandomState};

use rand::TryRng as _;
use rand::rngs::SysRng;

/// A seed that nobody chose.
///
/// The standard library keys its hash maps with randomness of the operating system; an empty
/// hash under such keys is 64 bits of it. Good for a demonstration and for spreading retries in
/// time, not for secrets.
pub(crate) fn seed() -> u64 {
    RandomState::new().build_hasher().finish()
}

/// Thirty-two bytes that nobody can guess, from the operating system.
///
/// # Errors
/// The system has none to give; nothing else will do.
pub(crate) fn secret() -> Result<[u8; 32], String> {
    let mut bytes = [0; 32];
    SysRng.try_fill_bytes(&mut bytes).map_err(|error| error.to_string())?;
    Ok(bytes)
}
