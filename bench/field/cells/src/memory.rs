//! The bytes of a queue, as the allocator counts them: empty, at the top of a spike, drained.
//!
//! The allocator of the field's programs counts only when it is asked to; else it looks at one flag and hands on. Its
//! `unsafe` relies on nothing but that the system's allocator keeps its own contract.

#![expect(unsafe_code, reason = "a counting allocator has to implement an unsafe trait")]

use std::alloc::{GlobalAlloc, Layout, System};
use std::hint::black_box;
use std::sync::atomic::{AtomicBool, AtomicIsize, Ordering};

use crate::item::Item;
use crate::queue::Tried;
use crate::spike;

struct Counting;

static COUNTS: AtomicBool = AtomicBool::new(false);
static LIVE: AtomicIsize = AtomicIsize::new(0);
static PEAK: AtomicIsize = AtomicIsize::new(0);

#[global_allocator]
static COUNTING: Counting = Counting;

fn count(bytes: isize) {
    // Ordering: Relaxed, one thread counts and reads.
    if COUNTS.load(Ordering::Relaxed) {
        let live = LIVE.fetch_add(bytes, Ordering::Relaxed) + bytes;
        PEAK.fetch_max(live, Ordering::Relaxed);
    }
}

// SAFETY: every call goes to the system's allocator unchanged; counting allocates nothing.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        count(layout.size() as isize);
        // SAFETY: the caller keeps the contract of the same call.
        unsafe { System.alloc(layout) }
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        count(layout.size() as isize);
        // SAFETY: the caller keeps the contract of the same call.
        unsafe { System.alloc_zeroed(layout) }
    }

    unsafe fn realloc(&self, block: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        count(size as isize - layout.size() as isize);
        // SAFETY: the block came from this allocator, that is from `System`.
        unsafe { System.realloc(block, layout, size) }
    }

    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        count(-(layout.size() as isize));
        // SAFETY: the block came from this allocator, that is from `System`.
        unsafe { System.dealloc(block, layout) }
    }
}

/// Names and bytes.
pub(crate) fn measure<Q: Tried<T>, T: Item>() -> Result<Vec<(&'static str, f64)>, String> {
    COUNTS.store(true, Ordering::Relaxed);
    let before = live();
    let (mut producer, mut consumer) = black_box(Q::open(usize::MAX));
    let empty = live() - before;
    spike::fill::<Q, T>(&mut producer, 1);
    spike::drain::<Q, T>(&mut consumer, 1)?;
    let used_once = live() - before;
    PEAK.store(LIVE.load(Ordering::Relaxed), Ordering::Relaxed);
    spike::fill::<Q, T>(&mut producer, spike::ITEMS);
    let (full, peak) = (live() - before, PEAK.load(Ordering::Relaxed) as f64 - before);
    spike::drain::<Q, T>(&mut consumer, spike::ITEMS)?;
    let kept = live() - before;
    Ok(vec![
        ("empty_bytes", empty),
        ("used_once_bytes", used_once),
        ("spike_bytes_per_item", full / spike::ITEMS as f64),
        ("peak_bytes_per_item", peak / spike::ITEMS as f64),
        ("spike_kept_bytes", kept),
    ])
}

fn live() -> f64 {
    LIVE.load(Ordering::Relaxed) as f64
}
