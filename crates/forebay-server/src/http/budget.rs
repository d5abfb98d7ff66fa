//! How many bytes of bodies may be in memory at one time, over all connections.
//!
//! A body counts from its first byte until its events are in the backlog, which has limits of its
//! own, or are refused. What is declared and has not come counts nothing: whoever promises much and
//! sends little takes no room from others.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// The bytes of all bodies that are being read or answered.
#[derive(Debug, Default)]
pub(crate) struct Budget {
    used: AtomicU64,
}

impl Budget {
    /// Nothing yet, of `bytes_max` for all.
    pub(super) fn hold(self: &Arc<Self>, bytes_max: u64) -> Hold {
        Hold { budget: Arc::clone(self), bytes: 0, bytes_max }
    }

    /// How many there are.
    pub(crate) fn used(&self) -> u64 {
        // Ordering: Relaxed, a figure to look at.
        self.used.load(Ordering::Relaxed)
    }
}

/// What one request has in memory; dropping it gives it back.
#[derive(Debug)]
pub(super) struct Hold {
    budget: Arc<Budget>,
    bytes: u64,
    bytes_max: u64,
}

/// There is no room for more now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct NoRoom;

impl Hold {
    /// Makes room for all that it has by now: `bytes`.
    pub(super) fn grow_to(&mut self, bytes: u64) -> Result<(), NoRoom> {
        let more = bytes.saturating_sub(self.bytes);
        if more == 0 {
            return Ok(());
        }
        // Ordering: Relaxed, a sum that orders nothing; each addition is one step of it.
        let before = self.budget.used.fetch_add(more, Ordering::Relaxed);
        self.bytes += more;
        // What is too much goes with the hold.
        if before.saturating_add(more) > self.bytes_max { Err(NoRoom) } else { Ok(()) }
    }
}

impl Drop for Hold {
    fn drop(&mut self) {
        // Ordering: Relaxed, see `grow_to`.
        self.budget.used.fetch_sub(self.bytes, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_held_is_counted_and_given_back() {
        let budget = Arc::new(Budget::default());
        let mut one = budget.hold(10);
        let mut other = budget.hold(10);
        assert_eq!(one.grow_to(6), Ok(()));
        assert_eq!(one.grow_to(4), Ok(()));
        assert_eq!(other.grow_to(5), Err(NoRoom));
        drop(other);
        assert_eq!(budget.used(), 6);
        assert_eq!(one.grow_to(10), Ok(()));
        drop(one);
        assert_eq!(budget.used(), 0);
    }
}
