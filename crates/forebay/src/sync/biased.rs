//! A lock for short sections, biased towards the thread that uses it.
//!
//! A thread that *owns* the lock takes it without any atomic read-modify-write: two stores and
//! two loads of lines that are in its cache. Another thread that comes along deprives it, with a
//! barrier in every thread (Dice, Moir and Scherer, "Quickly Reacquirable Locks", 2003; Dice,
//! Huang and Yang, "Asymmetric Dekker Synchronization", 2001); a lock that this happens to needs ever
//! longer until a thread owns it again. Who should is decided in `habits`.
//!
//! **Who is inside.** Either the owner, with its presence saying so and `owner` still naming it
//! after that; or whoever holds `word` while `owner` names nobody. The two exclude each other:
//!
//! - Who deprives an owner holds `word`, names nobody, waits for the barrier and then until the
//!   owner's presence does not say that it is inside. What the owner says and its look at
//!   `owner` stand in this order in every thread's eyes once the barrier is done. So either the
//!   taker sees that it is inside, or the owner sees that it owns nothing.
//! - Only the holder of `word` names an owner, and names itself, so a thread that says it is inside
//!   and does not own the lock can be taken for the owner by nobody: it reads another name and takes
//!   it back, and what it said stood in its own presence, not in the lock.
//!
//! Sections are a few dozen instructions, never a wake-up, never code of the user's but `Ord`
//! and the cloning of a waker. So waiting for the lock is a short pause, then `yield`, no sleep.

#![expect(unsafe_code, reason = "a lock hands out the only reference to what it guards")]

use std::ops::{Deref, DerefMut};

use super::barrier;
use super::habits::Habits;
use super::parts::{Access, AtomicPtr, AtomicUsize, OWN_AFTER, Ordering, Place, owners_fence};
use super::pause::Pause;
use super::presence::{Presence, me, me_as_owner};

/// In `word`: nobody.
const FREE: usize = 0;

pub(crate) struct Lock<T> {
    /// The presence of the thread that owns the lock; null for nobody. Changed only by the holder
    /// of `word`.
    owner: AtomicPtr<Presence>,
    /// The name of the thread that is inside without bias, or about to be.
    word: AtomicUsize,
    /// Touched only by who is inside.
    habits: Place<Habits>,
    /// Touched only by who is inside.
    value: Place<T>,
}

// SAFETY: the lock lets one thread at a time at the value (see "Who is inside"), so it takes no
// more than that the value may move between threads.
unsafe impl<T: Send> Send for Lock<T> {}
// SAFETY: as above.
unsafe impl<T: Send> Sync for Lock<T> {}

impl<T> Lock<T> {
    #[inline]
    pub(crate) fn new(value: T) -> Self {
        // Once in a process this takes some milliseconds, if other threads run already. Whoever
        // makes the first queue waits for it, and not whoever puts into it.
        barrier::is_here();
        Lock {
            owner: AtomicPtr::new(std::ptr::null_mut()),
            word: AtomicUsize::new(FREE),
            habits: Place::new(Habits::new()),
            value: Place::new(value),
        }
    }

    /// The value, for who has the lock to itself.
    #[inline]
    #[cfg(not(forebay_loom))]
    pub(crate) fn get_mut(&mut self) -> &mut T {
        self.value.get_mut()
    }

    /// Takes the lock if the calling thread owns it, and is not inside of another one.
    #[inline]
    pub(crate) fn lock_as_owner(&self) -> Option<Guard<'_, T>> {
        let me = me_as_owner();
        if me.says() != 0 {
            return None;
        }
        // Said before it is known who the owner is: most calls are the owner's, and nobody waits for
        // what anybody else says.
        me.say(self.name());
        owners_fence();
        // Ordering: relaxed; only this thread ever names itself here, and the fence and the taker's
        // barrier keep it behind the store.
        if std::ptr::eq(self.owner.load(Ordering::Relaxed), me) {
            return Some(self.guard(me.flag()));
        }
        me.take_back();
        None
    }

    /// Waits until the calling thread is the only one inside.
    ///
    /// # Panics
    /// When it is inside already: an `Ord` or a waker of the user's used the queue it was called
    /// by.
    #[inline]
    pub(crate) fn lock(&self) -> Guard<'_, T> {
        match self.lock_as_owner() {
            Some(guard) => guard,
            None => self.lock_otherwise(),
        }
    }

    #[inline(never)]
    fn lock_otherwise(&self) -> Guard<'_, T> {
        let me = me();
        if me.can_own() && me.says() == self.name() {
            reentered();
        }
        if !self.try_word(me) {
            self.wait_for_word(me);
        }
        // Ordering: relaxed; it changes only with `word` held, which the Acquire of `try_word`
        // has made visible.
        let owner = self.owner.load(Ordering::Relaxed);
        if !owner.is_null() {
            self.deprive(owner);
        }
        let should_own = {
            let habits = self.habits.access();
            // SAFETY: `word` is ours and nobody owns the lock; no reference outlives this line.
            unsafe { habits.deref() }.should_own(me.name(), OWN_AFTER)
        };
        if should_own && me.can_own() && me.says() == 0 && barrier::is_here() {
            return self.own(me);
        }
        self.guard(&self.word)
    }

    /// Goes inside as the owner, for the holder of `word` when nobody owns the lock.
    #[cold]
    fn own(&self, me: &'static Presence) -> Guard<'_, T> {
        me.say(self.name());
        // Ordering: relaxed; others learn of it by the Release below, or by taking `word`.
        self.owner.store(std::ptr::from_ref(me).cast_mut(), Ordering::Relaxed);
        // Ordering: Release, pairs with the Acquire of `try_word`.
        self.word.store(FREE, Ordering::Release);
        self.guard(me.flag())
    }

    /// What stands for this lock where a thread says where it is. Never 0.
    #[inline]
    fn name(&self) -> usize {
        std::ptr::from_ref(self).addr()
    }

    /// The way in, for who has made sure that nobody else is, and the flag that shows it.
    #[inline]
    fn guard<'a>(&'a self, flag: &'a AtomicUsize) -> Guard<'a, T> {
        Guard { access: self.value.access(), flag }
    }

    /// Says that nobody else is to be inside without bias.
    #[inline]
    fn try_word(&self, me: &'static Presence) -> bool {
        // Ordering: Acquire to take, which pairs with the guard's drop.
        let (done, failed) = (Ordering::Acquire, Ordering::Relaxed);
        self.word.compare_exchange(FREE, me.name(), done, failed).is_ok()
    }

    /// Waits until nobody else is inside without bias, nor about to be.
    #[cold]
    fn wait_for_word(&self, me: &'static Presence) {
        let mut pause = Pause::new();
        loop {
            // Ordering: relaxed, only to look.
            let holder = self.word.load(Ordering::Relaxed);
            if holder == FREE && self.try_word(me) {
                return;
            }
            if holder == me.name() && me.can_own() {
                reentered();
            }
            pause.once();
        }
    }

    /// Names nobody the owner and waits until the old one is outside. `word` is ours.
    #[cold]
    fn deprive(&self, owner: *mut Presence) {
        // Ordering: relaxed; the barrier orders it before what follows, in every thread.
        self.owner.store(std::ptr::null_mut(), Ordering::Relaxed);
        barrier::everywhere();
        // SAFETY: `owner` is a presence's address, and these are never freed.
        let owner = unsafe { &*owner };
        let mut pause = Pause::new();
        while owner.is_inside(self.name()) {
            pause.once();
        }
        let habits = self.habits.access();
        // SAFETY: `word` is ours and nobody owns the lock; no reference outlives this line.
        unsafe { habits.deref() }.deprived();
    }
}

#[cold]
fn reentered() -> ! {
    panic!("an item's Ord, or a waker, used the queue that was just calling it");
}

/// The lock, taken. Dropping it lets the next one in.
pub(crate) struct Guard<'a, T> {
    access: Access<T>,
    /// Not 0 while it is inside: `word`, or the flag of the owner's presence.
    flag: &'a AtomicUsize,
}

impl<T> Deref for Guard<'_, T> {
    type Target = T;

    #[inline]
    fn deref(&self) -> &T {
        // SAFETY: while there is a guard its thread is the only one inside.
        unsafe { self.access.deref() }
    }
}

impl<T> DerefMut for Guard<'_, T> {
    #[inline]
    fn deref_mut(&mut self) -> &mut T {
        // SAFETY: as above, and there is one guard only.
        unsafe { self.access.deref() }
    }
}

impl<T> Drop for Guard<'_, T> {
    #[inline]
    fn drop(&mut self) {
        self.access.end();
        // Ordering: Release, pairs with the Acquire of `try_word` for the word, of `is_inside`
        // for an owner: whoever comes in next sees what was done inside.
        self.flag.store(0, Ordering::Release);
    }
}

#[cfg(all(test, forebay_loom))]
mod models {
    use loom::sync::Arc;
    use loom::thread;

    use super::Lock;

    /// Each thread takes the lock as often as `times` says; loom reports two of them inside at
    /// once, and what one did there and the next does not see.
    fn explore(times: &'static [u32], preemptions: usize) {
        let mut builder = loom::model::Builder::new();
        builder.preemption_bound.get_or_insert(preemptions);
        builder.max_branches = 20_000;
        builder.check(move || {
            let lock = Arc::new(Lock::new(0));
            let count = |lock: &Lock<u32>, times| (0..times).for_each(|_| *lock.lock() += 1);
            let others: Vec<_> = times[1..]
                .iter()
                .map(|&times| {
                    let lock = Arc::clone(&lock);
                    thread::spawn(move || count(&lock, times))
                })
                .collect();
            count(&lock, times[0]);
            others.into_iter().for_each(|other| other.join().unwrap());
            assert_eq!(*lock.lock(), times.iter().sum());
        });
    }

    #[test]
    fn an_owner_that_is_deprived_lets_one_thread_in_at_a_time() {
        explore(&[4, 2], 3);
    }

    #[test]
    fn two_threads_that_both_come_to_own_it_exclude_each_other() {
        explore(&[3, 3], 3);
    }

    #[test]
    fn three_threads_exclude_each_other() {
        explore(&[2, 1, 1], 1);
    }

    /// The owner's presence named the second lock by a relaxed store once, so whoever looked there
    /// for the first saw that it was free, and not what was done inside.
    #[test]
    fn an_owner_of_two_locks_shows_what_it_did_in_the_first() {
        let mut builder = loom::model::Builder::new();
        builder.preemption_bound.get_or_insert(3);
        builder.max_branches = 20_000;
        builder.check(|| {
            let locks = Arc::new((Lock::new(0), Lock::new(0)));
            *locks.0.lock() += 1;
            *locks.1.lock() += 1;
            let others = Arc::clone(&locks);
            let other = thread::spawn(move || *others.0.lock() += 1);
            *locks.0.lock() += 1;
            *locks.1.lock() += 1;
            other.join().unwrap();
            assert_eq!(*locks.0.lock(), 3);
        });
    }
}
