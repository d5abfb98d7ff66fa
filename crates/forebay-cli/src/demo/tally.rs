//! What happened so far, for the line at the end.

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use forebay::Shift;

/// Counted by the thread of the loops, read by the thread that sums up.
///
/// Ordering: Relaxed throughout. The counters order nothing else, and the reader reads them after
/// the loops have told it through a channel that they ended; when it gave up waiting for that, a
/// line that is just being printed may be missing.
#[derive(Debug, Default)]
pub(super) struct Tally {
    written: AtomicU64,
    read: AtomicU64,
    shifts_up: AtomicU64,
    shifts_down: AtomicU64,
}

impl Tally {
    pub(super) fn wrote(&self) {
        self.written.fetch_add(1, Relaxed);
    }

    pub(super) fn read(&self) {
        self.read.fetch_add(1, Relaxed);
    }

    pub(super) fn shifted(&self, shift: &Shift) {
        let shifts = if shift.to > shift.from { &self.shifts_up } else { &self.shifts_down };
        shifts.fetch_add(1, Relaxed);
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
