//! An `Ord` that panics at any time costs no item and no wake-up, and leaves the counts right.

use std::cell::Cell;
use std::cmp::Ordering;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::task::Poll;

use forebay::{Queue, WhenFull};
use forebay_testkit::flag::Hand;

thread_local! { static TOUCHY: Cell<bool> = const { Cell::new(false) }; }

/// Panics in `cmp` while TOUCHY is set.
#[derive(Debug, PartialEq, Eq)]
struct Item(u32);

impl Ord for Item {
    fn cmp(&self, other: &Self) -> Ordering {
        assert!(!TOUCHY.get(), "touchy");
        self.0.cmp(&other.0)
    }
}

impl PartialOrd for Item {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

fn panics<R>(call: impl FnOnce() -> R) -> bool {
    TOUCHY.set(true);
    let panics = catch_unwind(AssertUnwindSafe(|| drop(call()))).is_err();
    TOUCHY.set(false);
    panics
}

fn queue(count: u32, capacity: usize, when_full: WhenFull) -> Queue<Item> {
    let builder = Queue::builder().priority().capacity(capacity).when_full(when_full);
    let queue = builder.on_drop(drop).build().expect("it can be built");
    (0..count).for_each(|rank| queue.try_put(Item(rank)).expect("there is room"));
    queue
}

// The wakers of producers that were let in stayed with the queue until somebody else called.
#[test]
fn a_panic_in_ord_while_items_are_let_in_loses_no_wake_up() {
    let queue = queue(2, 2, WhenFull::Wait);
    let mut puts = [5, 6].map(|rank| Hand::new(queue.put(Item(rank))));
    assert!(puts.iter_mut().all(|put| put.poll().is_pending()));
    let mut into = Vec::with_capacity(2);
    assert!(panics(|| {
        TOUCHY.set(false);
        let mut get = Hand::new(queue.get_many(&mut into, 1));
        TOUCHY.set(true);
        get.poll()
    }));
    // Both puts may be in, or one: whoever is in has to be awake.
    let is_in = queue.len();
    let awake = puts.iter().filter(|put| put.is_woken()).count();
    assert!(awake >= is_in.saturating_sub(1), "{is_in} are in, {awake} producers are awake");
}

// A panic while the heap was made again threw all items away.
#[test]
fn a_panic_in_ord_while_the_oldest_is_dropped_loses_at_most_that_item() {
    let queue = queue(8, 8, WhenFull::DropOldest);
    assert!(panics(|| queue.try_put(Item(9))));
    assert!(queue.len() >= 7, "{} of 8 are left", queue.len());
    let stats = queue.stats();
    assert_eq!(stats.put, stats.got + stats.dropped + stats.waiting as u64);
}

// An item lost in a pop made the number of puts go down, below what was finished: every later
// look at what was unfinished overflowed.
#[test]
fn a_panic_in_ord_in_a_get_leaves_the_counts_sane() {
    let queue = queue(3, 9, WhenFull::Wait);
    (0..3).for_each(|_| queue.task_done());
    let put = queue.stats().put;
    assert!(panics(|| queue.try_get()));
    assert!(queue.stats().put >= put, "{} were put, and now {}", put, queue.stats().put);
    assert_eq!(queue.stats().unfinished, 0);
    let mut join = Hand::new(queue.join());
    assert_eq!(join.poll(), Poll::Ready(()));
}
