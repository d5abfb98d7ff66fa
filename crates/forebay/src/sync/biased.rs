//! A lock for short sections, biased towards the thread that uses it.
//!
//! While one thread alone takes the lock it does so without any atomic read-modify-write: two
//! stores and two loads of a line that is in its cache. Another thread that comes along takes
//! the bias back, once, with a barrier in every thread (Dice, Moir and Scherer, "Quickly
//! Reacquirable Locks", 2003; Dice, Huang and Yang, "Asymmetric Dekker Synchronization", 2001). A
//! lock whose bias has been taken back a few times is an ordinary one for the rest of its life.
//!
//! **Who is inside.** Either the owner, with its `held` set and `owner` still its own after that;
//! or whoever has set `word` and, if there was an owner, has unset `owner`, waited for the barrier
//! and then seen that owner's `held` unset. The two exclude each other: the owner's store to
//! `held` and its second look at `owner` stand in this order in every thread's eyes once the
//! barrier is done, so either the taker sees `held`, or the owner sees that it owns nothing.
//!
//! **Each bias has a `held` of its own.** A thread that was stopped between its first look and its
//! store may wake up when its bias is long gone and another thread has one; what it then sets and
//! unsets must not be what shows that the other is inside. (With a single flag the model let two
//! threads in.)
//!
//! Sections are a few dozen instructions, never a wake-up, never code of the user's but `Ord`
//! and the cloning of a waker. So waiting for the lock is a short pause, then `yield`, no sleep.

#![expect(unsafe_code, reason = "a lock hands out the only reference to what it guards")]

use std::ops::{Deref, DerefMut};

use super::barrier;
use super::parts::{
    Access, AtomicBool, AtomicU64, BIAS_AFTER, BIAS_SHIFT, Ordering, Place, owners_fence,
    spin_loop, take, with_me, yield_now,
};

/// So many times in its life a lock is given by bias, ever more reluctantly.
const BIASES: usize = 4;

/// Pauses between two looks at a lock that another holds; doubled up to the second figure, then
/// the thread yields. Long on purpose: on two cores the one that is inside gets on faster while
/// nobody pulls at its cache line.
const PAUSES: (u32, u32) = (64, 1024);

pub(crate) struct Lock<T> {
    /// Who has the lock by bias, and the how manieth bias it is; `NOBODY` for none. Set by that
    /// thread and unset by others, both only with `word` set.
    ///
    /// ```text
    /// | number of the thread: 62 bits | which bias: 2 bits |
    /// ```
    owner: AtomicU64,
    /// For each bias: its owner is inside. Written by that owner alone.
    held: [AtomicBool; BIASES],
    /// Somebody is inside, or about to be, without bias.
    word: AtomicBool,
    /// Touched only with `word` set.
    habits: Place<Habits>,
    /// Touched only by who is inside.
    value: Place<T>,
}

/// Who has been taking the lock.
struct Habits {
    last: u64,
    in_a_row: u32,
    /// Biases given so far.
    given: usize,
}

// SAFETY: the lock lets one thread at a time at the value (see "Who is inside"), so it takes no
// more than that the value may move between threads.
unsafe impl<T: Send> Send for Lock<T> {}
// SAFETY: as above.
unsafe impl<T: Send> Sync for Lock<T> {}

impl<T> Lock<T> {
    pub(crate) fn new(value: T) -> Self {
        // Once in a process this takes some milliseconds, if other threads run already. Whoever
        // makes the first queue waits for it, and not whoever puts into it.
        barrier::is_here();
        Lock {
            owner: AtomicU64::new(NOBODY),
            held: std::array::from_fn(|_| AtomicBool::new(false)),
            word: AtomicBool::new(false),
            habits: Place::new(Habits { last: NOBODY, in_a_row: 0, given: 0 }),
            value: Place::new(value),
        }
    }

    /// Waits until the calling thread is the only one inside.
    ///
    /// # Panics
    /// When the owner is inside already: an `Ord` or a waker of the user's used the queue it was
    /// called by.
    #[inline]
    pub(crate) fn lock(&self) -> Guard<'_, T> {
        let me = me();
        // Ordering: relaxed; only this thread ever stores its number here, and what another one
        // has stored instead is looked for again below.
        let owner = self.owner.load(Ordering::Relaxed);
        if owner >> 2 == me {
            let held = self.held_by(owner);
            // Ordering: relaxed; this thread wrote it.
            if held.load(Ordering::Relaxed) {
                reentered();
            }
            // Ordering: relaxed both; what keeps them in order is the fence, and the barrier of
            // the taker. See "Who is inside".
            held.store(true, Ordering::Relaxed);
            owners_fence();
            if self.owner.load(Ordering::Relaxed) == owner {
                return self.guard(held);
            }
            // Ordering: Release, as when a guard is dropped.
            held.store(false, Ordering::Release);
        }
        self.lock_word(me)
    }

    /// Which flag shows that this owner is inside.
    #[inline]
    fn held_by(&self, owner: u64) -> &AtomicBool {
        &self.held[(owner & 3) as usize]
    }

    fn lock_word(&self, me: u64) -> Guard<'_, T> {
        // Ordering: Acquire, pairs with the Release of the guard's drop.
        if !take(&self.word) {
            self.contend();
        }
        let habits = self.habits.access();
        // SAFETY: `word` is ours, and with it the habits; no reference outlives this function.
        let habits = unsafe { deref(&habits) };
        // Ordering: relaxed; it changes only with `word` set.
        let owner = self.owner.load(Ordering::Relaxed);
        if owner != NOBODY {
            self.revoke(owner);
            (habits.last, habits.in_a_row) = (me, 0);
        } else if habits.given < BIASES {
            self.consider(habits, me);
        }
        self.guard(&self.word)
    }

    /// The way in, for who has made sure that nobody else is, and the flag that shows it.
    #[inline]
    fn guard<'a>(&'a self, flag: &'a AtomicBool) -> Guard<'a, T> {
        Guard { access: Some(self.value.access()), flag }
    }

    /// Gives the lock to a thread that has long been the only one to take it.
    fn consider(&self, habits: &mut Habits, me: u64) {
        if habits.last != me {
            (habits.last, habits.in_a_row) = (me, 0);
            return;
        }
        habits.in_a_row += 1;
        if habits.in_a_row < BIAS_AFTER << (BIAS_SHIFT * habits.given) {
            return;
        }
        habits.in_a_row = 0;
        if barrier::is_here() {
            // Ordering: relaxed; only this thread acts on it, and others change it with `word`.
            self.owner.store(me << 2 | habits.given as u64, Ordering::Relaxed);
            habits.given += 1;
        } else {
            habits.given = BIASES;
        }
    }

    /// Takes the bias back and waits until its owner is outside. `word` is set.
    #[cold]
    fn revoke(&self, owner: u64) {
        // Ordering: relaxed; the barrier orders it before what follows, in every thread.
        self.owner.store(NOBODY, Ordering::Relaxed);
        barrier::everywhere();
        let mut pause = Pause::new();
        // Ordering: Acquire, pairs with the Release of the owner's guard.
        while self.held_by(owner).load(Ordering::Acquire) {
            pause.once();
        }
    }

    #[cold]
    fn contend(&self) {
        let mut pause = Pause::new();
        loop {
            pause.once();
            // Ordering: relaxed to look, Acquire to take, which pairs with the guard's drop.
            if !self.word.load(Ordering::Relaxed) && take(&self.word) {
                return;
            }
        }
    }
}

/// Pauses that get longer, then yields.
struct Pause {
    pauses: u32,
}

impl Pause {
    fn new() -> Self {
        Pause { pauses: if is_one_core() { PAUSES.1 + 1 } else { PAUSES.0 } }
    }

    fn once(&mut self) {
        if self.pauses > PAUSES.1 {
            yield_now();
            return;
        }
        (0..self.pauses).for_each(|_| spin_loop());
        self.pauses *= 2;
    }
}

/// On one core nobody gets outside while we pause; in a model neither.
fn is_one_core() -> bool {
    static CORES: std::sync::OnceLock<usize> = std::sync::OnceLock::new();
    let count = || std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    cfg!(forebay_loom) || *CORES.get_or_init(count) == 1
}

/// The lock, taken. Dropping it lets the next one in.
pub(crate) struct Guard<'a, T> {
    /// There until the drop, which gives it up before it lets the next one in.
    access: Option<Access<T>>,
    /// Set while it is inside: `word`, or the `held` of its bias.
    flag: &'a AtomicBool,
}

/// # Safety
/// The caller is the only one inside for as long as it keeps the reference.
#[inline]
#[expect(clippy::mut_from_ref, reason = "the pointer is not what is borrowed")]
unsafe fn deref<T>(access: &Access<T>) -> &mut T {
    // SAFETY: the pointer comes from a live lock, and the rest is the caller's duty.
    #[cfg(not(forebay_loom))]
    return unsafe { &mut **access };
    // SAFETY: as above.
    #[cfg(forebay_loom)]
    return unsafe { access.deref() };
}

impl<T> Deref for Guard<'_, T> {
    type Target = T;

    #[inline]
    fn deref(&self) -> &T {
        let access = self.access.as_ref().expect("it is there until the drop");
        // SAFETY: while there is a guard its thread is the only one inside.
        unsafe { deref(access) }
    }
}

impl<T> DerefMut for Guard<'_, T> {
    #[inline]
    fn deref_mut(&mut self) -> &mut T {
        let access = self.access.as_ref().expect("it is there until the drop");
        // SAFETY: as above, and there is one guard only.
        unsafe { deref(access) }
    }
}

impl<T> Drop for Guard<'_, T> {
    #[inline]
    fn drop(&mut self) {
        self.access = None;
        // Ordering: Release, pairs with the Acquire of `lock_word` and `contend` for the word, of
        // `revoke` for the bias: whoever comes in next sees what was done inside.
        self.flag.store(false, Ordering::Release);
    }
}

/// No thread's number, and no owner.
const NOBODY: u64 = 0;

/// The calling thread's number; no two threads of a process ever have the same.
#[inline]
fn me() -> u64 {
    with_me(|me| {
        if me.get() == NOBODY {
            me.set(next_thread());
        }
        me.get()
    })
}

#[cold]
fn next_thread() -> u64 {
    static THREADS: std::sync::atomic::AtomicU64 = std::sync::atomic::AtomicU64::new(NOBODY);
    // Ordering: relaxed; all that matters is that no two get the same.
    THREADS.fetch_add(1, std::sync::atomic::Ordering::Relaxed) + 1
}

#[cold]
fn reentered() -> ! {
    panic!("an item's Ord, or a waker, used the queue that was just calling it");
}

#[cfg(all(test, forebay_loom))]
mod models {
    use loom::sync::Arc;
    use loom::thread;

    use super::Lock;

    /// `threads` threads take the lock as often as `times` says; loom reports two of them inside
    /// at once, and what one did there and the next does not see.
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
    fn a_bias_that_is_taken_back_lets_one_thread_in_at_a_time() {
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
}
