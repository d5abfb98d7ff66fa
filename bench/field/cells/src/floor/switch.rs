//! What it takes to wake somebody, with nothing handed over but the turn.

use std::cell::Cell;
use std::future::{Future, poll_fn};
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};
use std::task::{Poll, Waker};
use std::thread::Thread;
use std::time::{Duration, Instant};

use super::each;
use crate::cell::Place;
use crate::clock;
use crate::places::{self, Stage, on_threads};
use crate::tally::Tally;

type Measured = Result<f64, String>;

thread_local! {
    /// Who waits, on either side of the one thread.
    static LEFT: [Cell<Option<Waker>>; 2] = const { [const { Cell::new(None) }; 2] };
    static TURN: Cell<u32> = const { Cell::new(0) };
}

/// As any future has to that waits: it leaves a waker of its own each time, and is woken by that one.
pub(super) fn current_thread() -> Measured {
    let stage = Stage::of(Place::CurrentThread);
    each(|count| {
        TURN.set(0);
        stage.play(vec![take_local_turns(0, count / 2)], vec![take_local_turns(1, count / 2)]).0
    })
}

fn take_local_turns(me: u32, count: u64) -> impl Future<Output = Tally> + Send {
    let mut left = count;
    poll_fn(move |cx| {
        if TURN.get() == me {
            TURN.set(1 - me);
            left -= 1;
            if let Some(waker) = LEFT.with(|left| left[1 - me as usize].take()) {
                waker.wake();
            }
        }
        if left == 0 {
            return Poll::Ready(Tally::default());
        }
        LEFT.with(|left| left[me as usize].set(Some(cx.waker().clone())));
        Poll::Pending
    })
}

pub(super) fn kept_waker() -> Measured {
    turns(Place::CurrentThread)
}

pub(super) fn two_workers() -> Measured {
    turns(Place::TwoWorkers)
}

pub(super) fn threads_awaiting() -> Measured {
    turns(Place::BlockOn)
}

/// Two tasks and whose turn it is. Each leaves its waker once, at its first poll.
#[derive(Default)]
struct Turns {
    whose: AtomicU32,
    wakers: [OnceLock<Waker>; 2],
}

fn turns(place: Place) -> Measured {
    let stage = Stage::of(place);
    each(|count| {
        let turns = Arc::new(Turns::default());
        let first = take_turns(Arc::clone(&turns), 0, count / 2);
        let second = take_turns(turns, 1, count / 2);
        stage.play(vec![first], vec![second]).0
    })
}

fn take_turns(turns: Arc<Turns>, me: u32, count: u64) -> impl Future<Output = Tally> + Send {
    let mut left = count;
    poll_fn(move |cx| {
        let other = 1 - me;
        turns.wakers[me as usize].get_or_init(|| cx.waker().clone());
        // Ordering: Acquire, pairs with the Release below: the turn was handed over.
        while left > 0 && turns.whose.load(Ordering::Acquire) == me {
            // Until the other one has come by for the first time there is nobody to wake.
            let Some(waker) = turns.wakers[other as usize].get() else {
                cx.waker().wake_by_ref();
                return Poll::Pending;
            };
            left -= 1;
            turns.whose.store(other, Ordering::Release);
            waker.wake_by_ref();
        }
        if left == 0 { Poll::Ready(Tally::default()) } else { Poll::Pending }
    })
}

/// From the wake-up by a thread outside until the task runs, on workers that have gone to sleep; the median.
pub(super) fn idle_runtime() -> Measured {
    const WAKES: usize = 101;
    let runtime = places::two_workers();
    let started = clock::now();
    let woken = Arc::new(Woken::default());
    let task = runtime.spawn(note_wakes(Arc::clone(&woken), started, WAKES as u64));
    let mut latencies = Vec::with_capacity(WAKES);
    for number in 0..WAKES as u64 {
        clock::pause(Duration::from_micros(300));
        let waker = woken.waker.wait();
        let before = started.elapsed();
        woken.asked.store(number + 1, Ordering::Release);
        waker.wake_by_ref();
        while woken.seen.load(Ordering::Acquire) <= number {
            std::hint::spin_loop();
        }
        let at = Duration::from_nanos(woken.at_ns.load(Ordering::Relaxed));
        latencies.push(at.saturating_sub(before).as_nanos() as f64);
    }
    runtime.block_on(task).map_err(|error| error.to_string())?;
    latencies.sort_by(f64::total_cmp);
    Ok(latencies[WAKES / 2])
}

#[derive(Default)]
struct Woken {
    waker: OnceLock<Waker>,
    asked: AtomicU64,
    seen: AtomicU64,
    at_ns: AtomicU64,
}

fn note_wakes(woken: Arc<Woken>, started: Instant, count: u64) -> impl Future<Output = ()> + Send {
    poll_fn(move |cx| {
        woken.waker.get_or_init(|| cx.waker().clone());
        let asked = woken.asked.load(Ordering::Acquire);
        if woken.seen.load(Ordering::Relaxed) < asked {
            woken.at_ns.store(started.elapsed().as_nanos() as u64, Ordering::Relaxed);
            // Ordering: Release, pairs with the Acquire of whoever waits for it: the time is there.
            woken.seen.store(asked, Ordering::Release);
        }
        if asked == count { Poll::Ready(()) } else { Poll::Pending }
    })
}

/// Two threads handing a turn to each other with nothing but park and unpark.
pub(super) fn threads() -> Measured {
    each(|count| {
        let whose = &AtomicU32::new(0);
        let threads = &[const { OnceLock::<Thread>::new() }; 2];
        let side = |me: u32| {
            move || {
                let _ = threads[me as usize].set(std::thread::current());
                let other = threads[1 - me as usize].wait();
                for _ in 0..count / 2 {
                    while whose.load(Ordering::Acquire) != me {
                        std::thread::park();
                    }
                    whose.store(1 - me, Ordering::Release);
                    other.unpark();
                }
                Tally::default()
            }
        };
        on_threads(vec![side(0)], vec![side(1)]).0
    })
}
