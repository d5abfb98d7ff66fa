//! Waiting on a plain thread. The only file of the crate that knows threads, and the only one
//! that reads a clock: a call with a time limit has to know how much of it is left.

use std::future::Future;
use std::pin::pin;
use std::sync::Arc;
use std::task::{Context, Poll, Wake, Waker};
use std::thread::{self, Thread};
use std::time::{Duration, Instant};

struct Unpark(Thread);

impl Wake for Unpark {
    fn wake(self: Arc<Self>) {
        self.0.unpark();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        self.0.unpark();
    }
}

thread_local! {
    /// One waker a thread: blocking calls come by the million.
    static WAKER: Waker = Waker::from(Arc::new(Unpark(thread::current())));
}

/// Runs `wait` with the thread's waker, which is not even counted for it.
fn with_waker<R>(mut wait: impl FnMut(&Waker) -> R) -> R {
    // While a thread ends its locals may be gone already; then a waker of its own will do.
    WAKER
        .try_with(&mut wait)
        .unwrap_or_else(|_| wait(&Waker::from(Arc::new(Unpark(thread::current())))))
}

/// Pauses between two looks of a thread that lingers, doubled each time; and how often it yields
/// after that. In all some microseconds: no more than parking a thread and waking it costs.
const LINGER_PAUSES_MAX: u32 = 64;
const LINGER_YIELDS: u32 = 4;

/// Waits a moment for `is_ready`, in the hope that parking is not worth it.
pub(crate) fn linger(is_ready: impl Fn() -> bool) {
    let mut pauses = if crate::sync::is_one_core() { LINGER_PAUSES_MAX + 1 } else { 1 };
    while pauses <= LINGER_PAUSES_MAX {
        if is_ready() {
            return;
        }
        (0..pauses).for_each(|_| std::hint::spin_loop());
        pauses *= 2;
    }
    for _ in 0..LINGER_YIELDS {
        if is_ready() {
            return;
        }
        thread::yield_now();
    }
}

/// Parks the thread until `future` is ready.
pub(crate) fn block_on<F: Future>(future: F) -> F::Output {
    let mut future = pin!(future);
    with_waker(|waker| {
        loop {
            match future.as_mut().poll(&mut Context::from_waker(waker)) {
                Poll::Ready(output) => return output,
                // May return early, for a permit left by an earlier call; then it polls in vain
                // once.
                Poll::Pending => thread::park(),
            }
        }
    })
}

/// Parks the thread until `future` is ready or `limit` is over, and then polls once more:
/// a limit of zero is one attempt. A limit beyond what the clock can tell waits for ever.
pub(crate) fn block_on_for<F: Future>(
    mut future: std::pin::Pin<&mut F>,
    limit: Duration,
) -> Option<F::Output> {
    let deadline = now().checked_add(limit);
    with_waker(|waker| {
        loop {
            let left = deadline.map(|deadline| deadline.saturating_duration_since(now()));
            if let Poll::Ready(output) = future.as_mut().poll(&mut Context::from_waker(waker)) {
                return Some(output);
            }
            match left {
                Some(Duration::ZERO) => return None,
                Some(left) => thread::park_timeout(left),
                None => thread::park(),
            }
        }
    })
}

#[expect(clippy::disallowed_methods, reason = "the one place of this crate that asks the world")]
fn now() -> Instant {
    Instant::now()
}
