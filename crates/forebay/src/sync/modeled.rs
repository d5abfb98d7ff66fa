//! The lock as the queue's models see it: what it promises, without how.

use std::sync::PoisonError;

pub(crate) type Guard<'a, T> = loom::sync::MutexGuard<'a, T>;

pub(crate) struct Lock<T>(loom::sync::Mutex<T>);

impl<T> Lock<T> {
    pub(crate) fn new(value: T) -> Self {
        Lock(loom::sync::Mutex::new(value))
    }

    pub(crate) fn lock(&self) -> Guard<'_, T> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
