//! What a lock is made of: the standard library's parts, or loom's when a model is checked.
//!
//! In a model the cheap barrier becomes a full fence on both sides, which allows the same
//! outcomes; a thread gets its bias at once; and a look at the value while another thread has it
//! is found out.

#[cfg(not(forebay_loom))]
pub(super) use real::*;

#[cfg(forebay_loom)]
pub(super) use modeled::*;

#[cfg(not(forebay_loom))]
mod real {
    use std::cell::UnsafeCell;
    pub(crate) use std::hint::spin_loop;
    pub(crate) use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
    pub(crate) use std::thread::yield_now;

    /// So many times in a row one thread takes a lock before it gets it by bias.
    pub(crate) const BIAS_AFTER: u32 = 64;

    /// Each time it takes four times as long as before.
    pub(crate) const BIAS_SHIFT: usize = 2;

    /// Stands between the owner's store and its second load: the taker's barrier is the fence,
    /// what is left to do is to keep the compiler from swapping the two.
    #[inline]
    pub(crate) fn owners_fence() {
        std::sync::atomic::compiler_fence(Ordering::SeqCst);
    }

    /// Sets a flag, and says whether it was unset before.
    #[inline]
    pub(crate) fn take(flag: &AtomicBool) -> bool {
        // Ordering: Acquire, pairs with the Release of the guard's drop.
        !flag.swap(true, Ordering::Acquire)
    }

    /// Where the value lives.
    pub(crate) struct Place<T>(UnsafeCell<T>);

    /// The way to the value, for as long as one is inside.
    pub(crate) type Access<T> = *mut T;

    impl<T> Place<T> {
        pub(crate) fn new(value: T) -> Self {
            Place(UnsafeCell::new(value))
        }

        #[inline]
        pub(crate) fn access(&self) -> Access<T> {
            self.0.get()
        }
    }

    thread_local! {
        static ME: std::cell::Cell<u64> = const { std::cell::Cell::new(0) };
    }

    /// A slot of the calling thread's own, 0 at first.
    #[inline]
    pub(crate) fn with_me<R>(body: impl FnOnce(&std::cell::Cell<u64>) -> R) -> R {
        ME.with(body)
    }
}

#[cfg(forebay_loom)]
mod modeled {
    use loom::cell::UnsafeCell;
    pub(crate) use loom::hint::spin_loop;
    pub(crate) use loom::sync::atomic::{AtomicBool, AtomicU64, Ordering};
    pub(crate) use loom::thread::yield_now;

    pub(crate) const BIAS_AFTER: u32 = 1;
    pub(crate) const BIAS_SHIFT: usize = 0;

    pub(crate) fn owners_fence() {
        loom::sync::atomic::fence(Ordering::SeqCst);
    }

    /// loom does not order the store of a swap that changes nothing, so it must not be one.
    pub(crate) fn take(flag: &AtomicBool) -> bool {
        flag.compare_exchange(false, true, Ordering::Acquire, Ordering::Relaxed).is_ok()
    }

    pub(crate) struct Place<T>(UnsafeCell<T>);

    /// loom notes for how long there is one, and that there is no other meanwhile.
    pub(crate) type Access<T> = loom::cell::MutPtr<T>;

    impl<T> Place<T> {
        pub(crate) fn new(value: T) -> Self {
            Place(UnsafeCell::new(value))
        }

        pub(crate) fn access(&self) -> Access<T> {
            self.0.get_mut()
        }
    }

    loom::thread_local! {
        static ME: std::cell::Cell<u64> = std::cell::Cell::new(0);
    }

    pub(crate) fn with_me<R>(body: impl FnOnce(&std::cell::Cell<u64>) -> R) -> R {
        ME.with(body)
    }
}
