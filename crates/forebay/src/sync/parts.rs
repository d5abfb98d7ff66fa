//! What a lock is made of: the standard library's parts, or loom's when a model is checked.
//!
//! In a model the cheap barrier becomes a full fence on both sides, which allows the same
//! outcomes; a thread comes to own the lock at once; and a look at the value
//! while another thread has it is found out.

#[cfg(not(forebay_loom))]
pub(super) use real::*;

#[cfg(forebay_loom)]
pub(super) use modeled::*;

#[cfg(not(forebay_loom))]
#[expect(unsafe_code, reason = "who is inside is decided in `biased`")]
mod real {
    use std::cell::{Cell, UnsafeCell};
    pub(crate) use std::hint::spin_loop;
    pub(crate) use std::sync::atomic::{AtomicPtr, AtomicUsize, Ordering};
    use std::sync::{Mutex, PoisonError};
    pub(crate) use std::thread::yield_now;

    pub(crate) use crate::sync::habits::OWN_AFTER_USUALLY as OWN_AFTER;
    use crate::sync::presence::Presence;

    /// Stands between what the owner says and its look at who owns: the taker's barrier is the
    /// fence, what is left to do is to keep the compiler from swapping the two.
    #[inline]
    pub(crate) fn owners_fence() {
        std::sync::atomic::compiler_fence(Ordering::SeqCst);
    }

    /// Where a value lives.
    pub(crate) struct Place<T>(UnsafeCell<T>);

    impl<T> Place<T> {
        pub(crate) fn new(value: T) -> Self {
            Place(UnsafeCell::new(value))
        }

        #[inline]
        pub(crate) fn get_mut(&mut self) -> &mut T {
            self.0.get_mut()
        }

        #[inline]
        pub(crate) fn access(&self) -> Access<T> {
            Access(self.0.get())
        }
    }

    /// The way to a value, for as long as one is inside.
    pub(crate) struct Access<T>(*mut T);

    impl<T> Access<T> {
        /// # Safety
        /// The place lives, and the caller is the only one inside as long as it keeps the
        /// reference.
        #[inline]
        #[expect(clippy::mut_from_ref, reason = "the pointer is not what is borrowed")]
        pub(crate) unsafe fn deref(&self) -> &mut T {
            // SAFETY: the caller's duty.
            unsafe { &mut *self.0 }
        }

        #[inline]
        pub(crate) fn end(&mut self) {}
    }

    thread_local! {
        static ME: Cell<&'static Presence> = const { Cell::new(&NOT_YET) };
        static LEASE: Lease = Lease::new();
    }

    /// Of threads that have not needed one of their own yet.
    static NOT_YET: Presence = Presence::of_anybody();

    /// Of threads that have no storage of their own any more.
    static NOBODY_IN_PARTICULAR: Presence = Presence::of_anybody();

    /// Presences whose threads have ended.
    static POOL: Mutex<Vec<&'static Presence>> = Mutex::new(Vec::new());

    /// A presence for as long as a thread lives.
    struct Lease(&'static Presence);

    impl Lease {
        fn new() -> Self {
            let pooled = POOL.lock().unwrap_or_else(PoisonError::into_inner).pop();
            Lease(pooled.unwrap_or_else(|| Box::leak(Box::new(Presence::new()))))
        }
    }

    impl Drop for Lease {
        fn drop(&mut self) {
            ME.set(&NOBODY_IN_PARTICULAR);
            // The sanitizer does not see what the mutex orders, where it is the shipped library's.
            if cfg!(not(forebay_tsan)) {
                POOL.lock().unwrap_or_else(PoisonError::into_inner).push(self.0);
            }
        }
    }

    /// The presence by which the calling thread owns locks, if it owns any.
    #[inline]
    pub(crate) fn me_as_owner() -> &'static Presence {
        ME.get()
    }

    /// The calling thread's presence.
    #[inline]
    pub(crate) fn me() -> &'static Presence {
        match ME.get() {
            me if std::ptr::eq(me, &raw const NOT_YET) => arrive(),
            me => me,
        }
    }

    #[cold]
    fn arrive() -> &'static Presence {
        let me = LEASE.try_with(|lease| lease.0).unwrap_or(&NOBODY_IN_PARTICULAR);
        ME.set(me);
        me
    }
}

#[cfg(forebay_loom)]
#[expect(unsafe_code, reason = "who is inside is decided in `biased`")]
mod modeled {
    use loom::cell::{MutPtr, UnsafeCell};
    pub(crate) use loom::hint::spin_loop;
    pub(crate) use loom::sync::atomic::{AtomicPtr, AtomicUsize, Ordering};
    pub(crate) use loom::thread::yield_now;

    use crate::sync::presence::Presence;

    pub(crate) const OWN_AFTER: [u32; 3] = [1, 1, 1];

    pub(crate) fn owners_fence() {
        loom::sync::atomic::fence(Ordering::SeqCst);
    }

    pub(crate) struct Place<T>(UnsafeCell<T>);

    impl<T> Place<T> {
        pub(crate) fn new(value: T) -> Self {
            Place(UnsafeCell::new(value))
        }

        pub(crate) fn access(&self) -> Access<T> {
            Access(Some(self.0.get_mut()))
        }
    }

    /// loom notes for how long there is one, and that there is no other meanwhile.
    pub(crate) struct Access<T>(Option<MutPtr<T>>);

    impl<T> Access<T> {
        /// # Safety
        /// The place lives.
        #[expect(clippy::mut_from_ref, reason = "the pointer is not what is borrowed")]
        pub(crate) unsafe fn deref(&self) -> &mut T {
            let pointer = self.0.as_ref().expect("it has not ended");
            // SAFETY: loom says so when it is not the only one.
            unsafe { pointer.deref() }
        }

        pub(crate) fn end(&mut self) {
            self.0 = None;
        }
    }

    loom::thread_local! {
        static ME: &'static Presence = Box::leak(Box::new(Presence::new()));
    }

    pub(crate) fn me() -> &'static Presence {
        ME.with(|me| *me)
    }

    pub(crate) fn me_as_owner() -> &'static Presence {
        me()
    }
}
