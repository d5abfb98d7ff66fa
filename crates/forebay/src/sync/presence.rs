//! What each thread shows the others: which lock it is inside of by bias.
//!
//! A presence outlives its thread and goes to the next one that starts, with the locks it owns:
//! the pool's mutex lets the new thread see all that the old one did inside. So whoever finds a
//! presence as the owner of a lock may look at it, whatever became of the thread.

use super::parts::{AtomicUsize, Ordering};

pub(super) use super::parts::{me, me_as_owner};

/// One thread's presence, on cache lines of its own.
#[derive(Debug)]
#[repr(align(128))]
pub(super) struct Presence {
    /// The lock it is inside of by bias; 0 for none. Written by the thread alone.
    inside: AtomicUsize,
    /// Whether it can own locks. One that has no thread-local storage any more cannot.
    can_own: bool,
}

impl Presence {
    /// A presence that can own locks.
    pub(super) fn new() -> Self {
        Presence { inside: AtomicUsize::new(0), can_own: true }
    }

    /// One that cannot, and that many threads may share.
    #[cfg(not(forebay_loom))]
    pub(super) const fn of_anybody() -> Self {
        Presence { inside: AtomicUsize::new(0), can_own: false }
    }

    /// What stands for this presence where a thread is named. Even, and never 0.
    #[inline]
    pub(super) fn name(&'static self) -> usize {
        std::ptr::from_ref(self).addr()
    }

    #[inline]
    pub(super) fn can_own(&self) -> bool {
        self.can_own
    }

    /// The flag that shows where it is; for guards.
    #[inline]
    pub(super) fn flag(&'static self) -> &'static AtomicUsize {
        &self.inside
    }

    /// Which lock the calling thread, whose presence this is, has said to be inside of.
    #[inline]
    pub(super) fn says(&self) -> usize {
        // Ordering: relaxed; this thread wrote it.
        self.inside.load(Ordering::Relaxed)
    }

    /// Says that the calling thread, whose presence this is, is about to go inside.
    #[inline]
    pub(super) fn say(&self, lock: usize) {
        // Ordering: Release, pairs with `is_inside`: who sees the name of another lock here sees
        // what was done inside of the one before. What orders it before the owner's own look
        // is the fence between them and the barrier of the taker; see "Who is inside" in `biased`.
        self.inside.store(lock, Ordering::Release);
    }

    /// Says that it is not inside after all.
    #[inline]
    pub(super) fn take_back(&self) {
        // Ordering: Release, as when a guard is dropped.
        self.inside.store(0, Ordering::Release);
    }

    /// Whether its thread is inside of `lock`, as another one sees it.
    pub(super) fn is_inside(&self, lock: usize) -> bool {
        // Ordering: Acquire, pairs with the Release of the owner's guard, and of `say`.
        self.inside.load(Ordering::Acquire) == lock
    }
}
