//! Handles that any thread may have.

use std::sync::atomic::{AtomicUsize, Ordering, fence};

use super::{Parts, Threads};
use crate::sync::{Arc, Guard, Lock, Weak};

impl Parts for Threads {
    type Pointer<T> = Arc<T>;
    type Weak<T> = Weak<T>;
    type Lock<T> = Lock<T>;
    type Guard<'a, T: 'a> = Guard<'a, T>;
    type Number = AtomicUsize;
    type OnDrop<T> = dyn Fn(T) + Send + Sync;
    type Weigh<T> = dyn Fn(&T) -> usize + Send + Sync;

    #[inline]
    fn share<T>(make: impl FnOnce() -> T) -> Arc<T> {
        // In this form the memory is there first. Where it is got afterwards, the value must be
        // somewhere else meanwhile, in case there is none, and is copied.
        Arc::new_cyclic(|_| make())
    }

    fn downgrade<T>(pointer: &Arc<T>) -> Weak<T> {
        Arc::downgrade(pointer)
    }

    fn upgrade<T>(weak: &Weak<T>) -> Option<Arc<T>> {
        weak.upgrade()
    }

    #[inline]
    fn is_only<T>(pointer: &Arc<T>) -> bool {
        // Ordering: Acquire, pairs with the Release by which the others were dropped.
        Arc::strong_count(pointer) == 1 && {
            fence(Ordering::Acquire);
            true
        }
    }

    #[inline]
    fn new_lock<T>(value: T) -> Lock<T> {
        Lock::new(value)
    }

    #[inline]
    fn get_mut<T>(lock: &mut Lock<T>) -> &mut T {
        lock.get_mut()
    }

    #[inline]
    fn lock_as_owner<T>(lock: &Lock<T>) -> Option<Guard<'_, T>> {
        lock.lock_as_owner()
    }

    #[inline]
    fn lock<T>(lock: &Lock<T>) -> Guard<'_, T> {
        lock.lock()
    }

    #[inline]
    fn new_number(value: usize) -> AtomicUsize {
        AtomicUsize::new(value)
    }

    #[inline]
    fn number(number: &AtomicUsize) -> usize {
        // Ordering: relaxed; it says nothing about the items themselves.
        number.load(Ordering::Relaxed)
    }

    #[inline]
    fn set_number(number: &AtomicUsize, value: usize) {
        // Ordering: relaxed; it is stored only by who holds the lock, so in their order.
        number.store(value, Ordering::Relaxed);
    }
}
