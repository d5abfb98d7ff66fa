//! What a spike took is given back, and waiting leaves nothing behind.
//!
//! Counted in the allocator's own books, a thread at a time: other tests do not disturb it.

#![expect(unsafe_code, reason = "a counting allocator has to implement an unsafe trait")]

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;

use forebay::Queue;
use forebay_testkit::flag::Hand;

struct Counting;

thread_local! {
    static LIVE_BYTES: Cell<isize> = const { Cell::new(0) };
}

fn count(bytes: isize) {
    // While a thread ends its books are closed already, and no test reads them any more.
    LIVE_BYTES.try_with(|live| live.set(live.get() + bytes)).ok();
}

// SAFETY: every call goes to the system's allocator unchanged; counting allocates nothing.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        count(layout.size() as isize);
        // SAFETY: the caller keeps the contract of the same call.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        count(-(layout.size() as isize));
        // SAFETY: the block came from `alloc` above, that is from `System`.
        unsafe { System.dealloc(block, layout) }
    }
}

#[global_allocator]
static COUNTING: Counting = Counting;

/// A spike; Miri is a thousand times slower.
const ITEMS: u64 = if cfg!(miri) { 2_000 } else { 1_000_000 };

pub(crate) fn live_bytes() -> isize {
    LIVE_BYTES.with(Cell::get)
}

#[test]
fn the_memory_of_a_spike_is_given_back_as_it_drains() {
    let queues = [
        Queue::unbounded(),
        Queue::builder().lifo().build().unwrap(),
        Queue::builder().priority().build().unwrap(),
    ];
    for queue in queues {
        let before = live_bytes();
        (0..ITEMS).for_each(|item| queue.try_put(item).unwrap());
        assert!(live_bytes() - before >= 8 * ITEMS as isize, "items take room");
        assert!((0..ITEMS).all(|_| queue.try_get().is_ok()));
        let kept = live_bytes() - before;
        assert!(kept <= 64 * 1024, "{queue:?} keeps {kept} bytes");
    }
}

#[test]
fn a_million_cancelled_waits_leave_nothing_behind() {
    let queue = Queue::<u64>::unbounded();
    let before = live_bytes();
    for _ in 0..ITEMS {
        assert!(Hand::new(queue.get()).poll().is_pending());
    }
    assert!(live_bytes() - before <= 1024, "{} bytes are left", live_bytes() - before);
}
