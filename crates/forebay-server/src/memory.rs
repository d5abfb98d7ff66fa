//! Gives the memory of a drained spike back to the system.
//!
//! glibc keeps what was freed in pieces for the next allocation, for ever: after a million events
//! have passed, a process would stay as large as it was at the height of the spike.

use forebay_backlog::Snapshot;

/// Below these, what could be given back is not worth asking for.
const EVENTS_HIGH: u64 = 10_000;
const BYTES_HIGH: u64 = 8 * 1024 * 1024;

/// How much a backlog has held since memory was last given back.
#[derive(Debug, Default)]
pub(crate) struct Spike {
    events_peak: u64,
    bytes_peak: u64,
}

impl Spike {
    pub(crate) fn observe(&mut self, backlog: &Snapshot) {
        self.events_peak = self.events_peak.max(backlog.waiting + backlog.in_flight);
        self.bytes_peak = self.bytes_peak.max(backlog.bytes);
    }

    pub(crate) fn was_high(&self) -> bool {
        self.events_peak > EVENTS_HIGH || self.bytes_peak > BYTES_HIGH
    }
}

/// Gives free memory back to the system, from every thread's share.
#[cfg(all(target_os = "linux", target_env = "gnu"))]
#[expect(unsafe_code, reason = "glibc's malloc_trim has no safe interface")]
pub(crate) fn give_back() {
    // SAFETY: malloc_trim takes its own locks and touches only memory that is free.
    unsafe { libc::malloc_trim(0) };
}

/// Does nothing: other allocators give memory back by themselves.
#[cfg(not(all(target_os = "linux", target_env = "gnu")))]
pub(crate) fn give_back() {}
