//! What happened so far, for the line at the end and for whoever watches.

use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use super::happening::Happening;

/// Told of everything, in the order in which it happens.
type Witness = Box<dyn Fn(Happening) + Send + Sync>;

/// Counted by the thread of the loops, read by the thread that sums up.
///
/// Ordering: Relaxed throughout. The counters order nothing else, and the reader reads them after
/// the loops have told it through a channel that they ended; when it gave up waiting for that, a
/// line that is just being printed may be missing.
#[derive(Default)]
pub(super) struct Tally {
    written: AtomicU64,
    read: AtomicU64,
    shifts_up: AtomicU64,
    shifts_down: AtomicU64,
    witness: Option<Witness>,
}

impl Tally {
    /// Passes on what happens.
    pub(super) fn watched(witness: impl Fn(Happening) + Send + Sync + 'static) -> Self {
        Self { witness: Some(Box::new(witness)), ..Self::default() }
    }

    /// This happened just now.
    pub(super) fn note(&self, happening: Happening) {
        let counter = match &happening {
            Happening::Wrote(_) => &self.written,
            Happening::Read(..) => &self.read,
            Happening::Shifted(shift) if shift.is_up() => &self.shifts_up,
            Happening::Shifted(_) => &self.shifts_down,
        };
        counter.fetch_add(1, Relaxed);
        if let Some(witness) = &self.witness {
            witness(happening);
        }
    }

    /// One line: written, read, waiting, shifts.
    pub(super) fn summary(&self, waiting: usize) -> String {
        let (up, down) = (self.shifts_up.load(Relaxed), self.shifts_down.load(Relaxed));
        format!(
            "{} written, {} read, {waiting} waiting, {} shifts ({up} up, {down} down)",
            self.written.load(Relaxed),
            self.read.load(Relaxed),
            up + down,
        )
    }
}

impl fmt::Debug for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tally")
            .field("written", &self.written)
            .field("read", &self.read)
            .finish_non_exhaustive()
    }
}
