//! The oracle's own trial: two systems that cannot keep the promise, and it has to see that.

use super::{Run, killed, power};
use crate::sheet::Findings;

/// Row 0.
pub(super) fn sees(run: &mut Run) -> Result<Findings, String> {
    Ok(killed::in_memory(run)?.and(power::lied_to(run)?))
}
