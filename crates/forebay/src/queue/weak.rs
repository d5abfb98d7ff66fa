//! Handles that do not keep a queue open.

use std::fmt;

use super::shared::Shared;
use crate::sync::Weak;
use crate::{Consumer, Producer, Queue};

/// A handle that keeps neither side of a [`Queue`] open.
///
/// For whoever looks on, or may want to put something one day, without being the reason that
/// consumers wait for ever.
///
/// # Examples
/// ```
/// let queue = forebay::Queue::unbounded();
/// let weak = queue.downgrade();
/// weak.upgrade().expect("the queue is alive").try_put(1)?;
/// drop(queue);
/// assert!(weak.upgrade().is_none());
/// # Ok::<(), forebay::PutError<i32>>(())
/// ```
pub struct WeakQueue<T> {
    shared: Weak<Shared<T>>,
}

impl<T> WeakQueue<T> {
    pub(crate) fn of(shared: Weak<Shared<T>>) -> Self {
        WeakQueue { shared }
    }

    /// A full handle again; `None` unless both a producer and a consumer are left.
    pub fn upgrade(&self) -> Option<Queue<T>> {
        let producer = self.upgrade_producer()?;
        let consumer = self.upgrade_consumer()?;
        Some(Queue { producer, consumer })
    }

    /// A producer; `None` when the last one is gone.
    pub fn upgrade_producer(&self) -> Option<Producer<T>> {
        Producer::revive(&self.shared.upgrade()?)
    }

    /// A consumer; `None` when the last one is gone.
    pub fn upgrade_consumer(&self) -> Option<Consumer<T>> {
        Consumer::revive(&self.shared.upgrade()?)
    }
}

impl<T> Clone for WeakQueue<T> {
    fn clone(&self) -> Self {
        WeakQueue { shared: self.shared.clone() }
    }
}

impl<T> fmt::Debug for WeakQueue<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.shared.upgrade() {
            Some(shared) => shared.look(|state| state.describe(f.debug_struct("WeakQueue"))),
            None => f.write_str("WeakQueue(gone)"),
        }
    }
}
