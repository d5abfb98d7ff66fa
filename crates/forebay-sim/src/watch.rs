//! How far a simulation is, and how it is stopped, from another thread.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

/// How far a simulation is, and how it is stopped, from another thread.
#[derive(Debug, Default)]
pub struct Watch {
    canceled: AtomicBool,
    simulated_ms: AtomicU64,
    events: AtomicU64,
}

impl Watch {
    /// Ends the simulation soon; it answers with what is done.
    pub fn cancel(&self) {
        self.canceled.store(true, Ordering::Relaxed);
    }

    /// Whether [`cancel`](Self::cancel) was called.
    pub fn is_canceled(&self) -> bool {
        self.canceled.load(Ordering::Relaxed)
    }

    /// How much time was simulated, all runs together.
    pub fn simulated(&self) -> Duration {
        Duration::from_millis(self.simulated_ms.load(Ordering::Relaxed))
    }

    /// How many events there were: arrivals, pauses that ended, attempts that ended.
    pub fn events(&self) -> u64 {
        self.events.load(Ordering::Relaxed)
    }

    pub(crate) fn advance(&self, ms: u64, events: u64) {
        self.simulated_ms.fetch_add(ms, Ordering::Relaxed);
        self.events.fetch_add(events, Ordering::Relaxed);
    }
}
