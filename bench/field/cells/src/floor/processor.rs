//! What one core, or two, take for the smallest steps.

use std::collections::VecDeque;
use std::hint::black_box;
use std::sync::Mutex;
use std::sync::atomic::{self, AtomicU64, Ordering};
use std::time::Duration;

use super::each;
use crate::clock;
use crate::places::on_threads;
use crate::ring::Ring;
use crate::spike;
use crate::tally::Tally;

type Measured = Result<f64, String>;

pub(super) fn fetch_add() -> Measured {
    let word = AtomicU64::new(0);
    repeated(|| {
        black_box(word.fetch_add(1, Ordering::AcqRel));
    })
}

pub(super) fn swap() -> Measured {
    let word = AtomicU64::new(0);
    repeated(|| {
        black_box(word.swap(1, Ordering::AcqRel));
    })
}

pub(super) fn compare_exchange() -> Measured {
    let word = AtomicU64::new(0);
    repeated(|| {
        black_box(word.compare_exchange(0, 0, Ordering::AcqRel, Ordering::Relaxed).is_ok());
    })
}

pub(super) fn fence() -> Measured {
    let word = AtomicU64::new(0);
    repeated(|| {
        word.store(1, Ordering::Relaxed);
        atomic::fence(Ordering::SeqCst);
    })
}

pub(super) fn mutex() -> Measured {
    let word = Mutex::new(0u64);
    repeated(|| {
        *black_box(&word).lock().expect("nobody panics with it") += 1;
    })
}

pub(super) fn deque_pair() -> Measured {
    let mut deque = VecDeque::new();
    repeated(|| {
        black_box(&mut deque).push_back(1u64);
        black_box(deque.pop_front());
    })
}

pub(super) fn deque_batch() -> Measured {
    let mut deque = VecDeque::new();
    let batch = repeated(|| {
        (0..64u64).for_each(|number| black_box(&mut deque).push_back(number));
        (0..64).for_each(|_| assert!(deque.pop_front().is_some()));
    })?;
    Ok(batch / 64.0)
}

pub(super) fn deque_spike() -> Measured {
    let spike = || {
        let mut deque = VecDeque::new();
        let started = clock::now();
        (0..spike::ITEMS).for_each(|number| black_box(&mut deque).push_back(number));
        started.elapsed()
    };
    let warm = [spike(), spike(), spike()];
    Ok(warm[2].as_nanos() as f64 / spike::ITEMS as f64)
}

pub(super) fn malloc() -> Measured {
    repeated(|| {
        black_box(Box::new([0u64; 8]));
    })
}

pub(super) fn instant() -> Measured {
    repeated(|| {
        black_box(clock::now());
    })
}

pub(super) fn shared_fetch_add() -> Measured {
    each(|count| {
        let word = &AtomicU64::new(0);
        let add = || {
            move || {
                repeat(count, || black_box(word.fetch_add(1, Ordering::AcqRel)));
                Tally::default()
            }
        };
        on_threads(vec![add()], vec![add()]).0
    })
}

pub(super) fn ring() -> Measured {
    each(|count| {
        let ring = &Ring::new();
        let get = move || Tally { count, sum: ring.get_all(count) };
        let put = move || {
            ring.put_all(count);
            Tally::default()
        };
        on_threads(vec![get], vec![put]).0
    })
}

fn repeated(mut step: impl FnMut()) -> Measured {
    each(|count| timed(count, &mut step))
}

fn timed(count: u64, step: impl FnMut()) -> Duration {
    let started = clock::now();
    repeat(count, step);
    started.elapsed()
}

fn repeat<R>(count: u64, mut step: impl FnMut() -> R) {
    for _ in 0..count {
        step();
    }
}
