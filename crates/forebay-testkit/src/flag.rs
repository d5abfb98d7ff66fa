//! A waker that can be asked whether it was woken.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll, Wake, Waker};

/// Counts how often it was woken.
#[derive(Debug, Default)]
pub struct Flag {
    // Ordering: release where it is raised, acquire where it is looked at: whoever sees it sees
    // what was done before, as with the waker of any executor.
    wakes: AtomicUsize,
}

impl Flag {
    /// A new flag and a waker that raises it.
    pub fn new() -> (Arc<Flag>, Waker) {
        let flag = Arc::new(Flag::default());
        (Arc::clone(&flag), Waker::from(flag))
    }

    /// How often it was woken since the last call.
    pub fn take(&self) -> usize {
        self.wakes.swap(0, Ordering::Acquire)
    }

    /// Whether it was woken since the last [`take`](Self::take).
    pub fn is_raised(&self) -> bool {
        self.wakes.load(Ordering::Acquire) > 0
    }
}

impl Wake for Flag {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        self.wakes.fetch_add(1, Ordering::Release);
    }
}

/// A future polled by hand: nothing runs unless the test says so.
pub struct Hand<'a, T> {
    future: Pin<Box<dyn Future<Output = T> + 'a>>,
    flag: Arc<Flag>,
    waker: Waker,
}

impl<'a, T> Hand<'a, T> {
    /// Takes a future in hand, not polled yet.
    pub fn new(future: impl Future<Output = T> + 'a) -> Self {
        let (flag, waker) = Flag::new();
        Hand { future: Box::pin(future), flag, waker }
    }

    /// Polls it once.
    pub fn poll(&mut self) -> Poll<T> {
        self.flag.take();
        self.future.as_mut().poll(&mut Context::from_waker(&self.waker))
    }

    /// From now on another task polls it; the flag of the one before.
    pub fn hand_over(&mut self) -> Arc<Flag> {
        let (flag, waker) = Flag::new();
        self.waker = waker;
        std::mem::replace(&mut self.flag, flag)
    }

    /// Whether it was woken since it was last polled.
    pub fn is_woken(&self) -> bool {
        self.flag.is_raised()
    }
}

impl<T> std::fmt::Debug for Hand<'_, T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Hand").field("is_woken", &self.is_woken()).finish_non_exhaustive()
    }
}
