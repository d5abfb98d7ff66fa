//! Handles that do not keep a queue open.

use std::fmt;

use super::shared::Shared;
use crate::sharing::{Consumer, Producer, Queue, Sharing};

/// A handle that keeps neither side of a [`Queue`] open.
pub struct WeakQueue<T, S: Sharing> {
    shared: S::Weak<Shared<T, S>>,
}

impl<T, S: Sharing> WeakQueue<T, S> {
    pub(crate) fn of(shared: S::Weak<Shared<T, S>>) -> Self {
        WeakQueue { shared }
    }

    /// A full handle again; `None` unless both a producer and a consumer are left.
    pub fn upgrade(&self) -> Option<Queue<T, S>> {
        let producer = self.upgrade_producer()?;
        let consumer = self.upgrade_consumer()?;
        Some(Queue { producer, consumer })
    }

    /// A producer; `None` when the last one is gone.
    pub fn upgrade_producer(&self) -> Option<Producer<T, S>> {
        Producer::revive(&S::upgrade(&self.shared)?)
    }

    /// A consumer; `None` when the last one is gone.
    pub fn upgrade_consumer(&self) -> Option<Consumer<T, S>> {
        Consumer::revive(&S::upgrade(&self.shared)?)
    }
}

impl<T, S: Sharing> Clone for WeakQueue<T, S> {
    fn clone(&self) -> Self {
        WeakQueue { shared: self.shared.clone() }
    }
}

impl<T, S: Sharing> fmt::Debug for WeakQueue<T, S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match S::upgrade(&self.shared) {
            Some(shared) => shared.look(|state| state.describe(f.debug_struct("WeakQueue"))),
            None => f.write_str("WeakQueue(gone)"),
        }
    }
}
