//! The one place in this crate that asks the world for the time and for chance, and waits for time to
//! pass.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// Nothing is waited for longer than this: a hundred years.
const LONG: Duration = Duration::from_secs(100 * 365 * 24 * 60 * 60);

/// Things to hand back later. Its thread is there only while something is to come.
pub(crate) struct Alarm<T> {
    inner: Arc<Inner<T>>,
}

struct Inner<T> {
    state: Mutex<State<T>>,
    changed: Condvar,
    /// Called with what has come due, in the order it was due.
    due: Box<dyn Fn(T) + Send + Sync>,
}

struct State<T> {
    /// By when it is due, and then by when it was set.
    set: BTreeMap<(Instant, u64), T>,
    count: u64,
    is_running: bool,
    is_over: bool,
}

impl<T: Send + 'static> Alarm<T> {
    /// Calls `due` with each thing when its time has come.
    pub(crate) fn new(due: impl Fn(T) + Send + Sync + 'static) -> Self {
        let state = State { set: BTreeMap::new(), count: 0, is_running: false, is_over: false };
        let inner = Inner { state: state.into(), changed: Condvar::new(), due: Box::new(due) };
        Alarm { inner: Arc::new(inner) }
    }

    /// Hands `thing` back when `after` has passed; at once if there is no thread to wait for it.
    pub(crate) fn set(&self, thing: T, after: Duration) {
        let mut state = self.inner.state();
        let Some(at) = now().checked_add(after.min(LONG)).filter(|_| !after.is_zero()) else {
            drop(state);
            return (self.inner.due)(thing);
        };
        let number = state.count;
        state.count += 1;
        state.set.insert((at, number), thing);
        self.inner.changed.notify_one();
        if state.is_running {
            return;
        }
        let inner = Arc::clone(&self.inner);
        let thread = std::thread::Builder::new().name("backlog-alarm".to_owned());
        state.is_running = thread.spawn(move || inner.run()).is_ok();
        if !state.is_running
            && let Some(thing) = state.set.remove(&(at, number))
        {
            drop(state);
            (self.inner.due)(thing);
        }
    }
}

impl<T> Inner<T> {
    fn state(&self) -> MutexGuard<'_, State<T>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn run(&self) {
        let mut state = self.state();
        while let Some((&key, _)) = state.set.first_key_value()
            && !state.is_over
        {
            let wait = key.0.saturating_duration_since(now());
            if wait.is_zero() {
                let Some(thing) = state.set.remove(&key) else { continue };
                drop(state);
                (self.due)(thing);
                state = self.state();
            } else {
                let waited = self.changed.wait_timeout(state, wait);
                state = waited.unwrap_or_else(PoisonError::into_inner).0;
            }
        }
        state.is_running = false;
    }
}

impl<T> Drop for Alarm<T> {
    fn drop(&mut self) {
        let mut state = self.inner.state();
        state.is_over = true;
        state.set.clear();
        self.inner.changed.notify_one();
    }
}

impl<T> fmt::Debug for Alarm<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Alarm").field("set", &self.inner.state().set.len()).finish_non_exhaustive()
    }
}

/// Reads the monotonic clock.
#[expect(clippy::disallowed_methods, reason = "this is the crate's clock")]
pub(crate) fn now() -> Instant {
    Instant::now()
}

/// Sixteen bytes that nobody else has.
pub(crate) fn chance() -> [u8; 16] {
    use std::hash::{BuildHasher, RandomState};
    // The standard library seeds its maps from the system, each a little differently.
    let half = || RandomState::new().hash_one("forebay").to_le_bytes();
    let mut bytes = [0; 16];
    bytes[..8].copy_from_slice(&half());
    bytes[8..].copy_from_slice(&half());
    bytes
}
