//! What the machine allows: the parts that a queue is made of, without a queue.

mod processor;
mod switch;

use std::time::Duration;

use crate::amount::Amount;

/// A figure of the machine, in nanoseconds.
type Figure = fn() -> Result<f64, String>;

/// The names of the figures, and how each is found.
const FIGURES: [(&str, Figure); 18] = [
    ("fetch_add", processor::fetch_add),
    ("swap", processor::swap),
    ("compare_exchange", processor::compare_exchange),
    ("store and SeqCst fence", processor::fence),
    ("fetch_add on a line shared by two cores", processor::shared_fetch_add),
    ("std Mutex lock and unlock", processor::mutex),
    ("VecDeque push and pop", processor::deque_pair),
    ("VecDeque 64 pushes, 64 pops, per pair", processor::deque_batch),
    ("VecDeque push of a million", processor::deque_spike),
    ("malloc and free of 64 bytes", processor::malloc),
    ("Instant::now", processor::instant),
    ("ring across two cores, per number", processor::ring),
    ("ct: wake another task and switch to it", switch::current_thread),
    ("ct: the same by a waker kept from before", switch::kept_waker),
    ("mt2: wake another task, by a kept waker, and switch to it", switch::two_workers),
    ("mt2: wake a task of an idle runtime", switch::idle_runtime),
    ("block_on: wake another thread, by a kept waker, and switch to it", switch::threads_awaiting),
    ("park and unpark, one way", switch::threads),
];

/// All figures, in order.
pub(crate) fn measure() -> Result<Vec<(&'static str, f64)>, String> {
    FIGURES.iter().map(|(name, figure)| Ok((*name, figure()?))).collect()
}

/// The time of one of as many as take ten milliseconds.
fn each(mut run: impl FnMut(u64) -> Duration) -> Result<f64, String> {
    Amount::UpTo(1 << 23).ns_per_item(|count| Ok(run(count)))
}
