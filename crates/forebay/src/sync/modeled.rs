//! The lock as the queue's models see it: what it promises, without how.

use std::ops::{Deref, DerefMut};
use std::sync::PoisonError;

pub(crate) struct Lock<T>(loom::sync::Mutex<T>);

impl<T> Lock<T> {
    pub(crate) fn new(value: T) -> Self {
        Lock(loom::sync::Mutex::new(value))
    }

    pub(crate) fn lock_as_owner(&self) -> Option<Guard<'_, T>> {
        Some(self.lock())
    }

    pub(crate) fn get_mut(&mut self) -> &mut T {
        self.0.get_mut().unwrap_or_else(PoisonError::into_inner)
    }

    pub(crate) fn lock(&self) -> Guard<'_, T> {
        Guard(self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

pub(crate) struct Guard<'a, T>(loom::sync::MutexGuard<'a, T>);

impl<T> Deref for Guard<'_, T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.0
    }
}

impl<T> DerefMut for Guard<'_, T> {
    fn deref_mut(&mut self) -> &mut T {
        &mut self.0
    }
}
