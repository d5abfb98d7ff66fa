//! What a worker has still to tell the others.

use super::meter::Meter;
use super::source::Source;

/// So much may be done and not told.
const UNTOLD_MAX: usize = 16;

/// Counting costs more than a quick handler, so a worker counts for itself. It tells before it
/// waits for anything, so that whoever looks while it does sees all of it, and now and then.
#[derive(Debug, Default)]
pub(super) struct Ledger {
    /// What is done and not told yet.
    done: usize,
    /// What is told to be under way, from its first run until it waits for the next.
    under_way: Option<usize>,
}

impl Ledger {
    /// A run begins in which so much is under way at once.
    #[inline]
    pub(super) fn begin(&mut self, meter: &Meter, items: usize) {
        if self.under_way == Some(items) {
            return;
        }
        if let Some(before) = self.under_way.replace(items) {
            meter.end(before);
        }
        meter.begin(items);
    }

    /// So much of it is done.
    #[inline]
    pub(super) fn did<T>(&mut self, count: usize, meter: &Meter, source: &impl Source<T>) {
        self.done += count;
        if self.done >= UNTOLD_MAX {
            self.tell(meter, source);
        }
    }

    /// Tells what is done.
    #[inline]
    pub(super) fn tell<T>(&mut self, meter: &Meter, source: &impl Source<T>) {
        if self.done > 0 {
            meter.did(self.done);
            source.finished(self.done);
            self.done = 0;
        }
    }

    /// Tells what is done, and that nothing is under way.
    pub(super) fn close<T>(&mut self, meter: &Meter, source: &impl Source<T>) {
        self.tell(meter, source);
        if let Some(items) = self.under_way.take() {
            meter.end(items);
        }
    }
}
