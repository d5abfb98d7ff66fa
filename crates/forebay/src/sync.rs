//! Where the crate's locks come from: the standard library, or loom when a model is checked.

#[cfg(not(forebay_loom))]
pub(crate) use std::sync::{Arc, Mutex, MutexGuard, Weak};

// The handles' reference counts are std's own; what the model has to see is the lock.
#[cfg(forebay_loom)]
pub(crate) use loom::sync::{Mutex, MutexGuard};
#[cfg(forebay_loom)]
pub(crate) use std::sync::{Arc, Weak};

/// Takes the lock, also after a panic inside it: every section under the lock leaves the
/// state whole before it runs code of the user's, so a panic there poisons nothing.
pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
}
