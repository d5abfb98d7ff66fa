//! How a queue is made.

use std::fmt;

use super::order::Order;
use super::shared::{OnDrop, Shared};
use super::state::{Gates, State};
use crate::{BuildError, Consumer, Producer, Queue, WhenFull, sync::Arc};

/// The greatest capacity a bounded queue can have: 4,294,967,295 items.
pub const CAPACITY_MAX: usize = u32::MAX as usize;

/// Makes a [`Queue`] that is something other than unbounded, or first in first out.
///
/// # Examples
/// ```
/// use forebay::{Queue, WhenFull};
///
/// let queue = Queue::builder()
///     .capacity(2)
///     .when_full(WhenFull::DropOldest)
///     .on_drop(|item: u32| println!("{item} came too early"))
///     .build()?;
/// for item in 1..=3 {
///     queue.try_put(item)?;
/// }
/// assert_eq!(queue.try_get(), Ok(2));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[must_use = "a builder makes nothing until `build` is called"]
pub struct Builder<T> {
    order: Order<T>,
    capacity: Option<usize>,
    when_full: WhenFull,
    on_drop: Option<OnDrop<T>>,
}

impl<T> Builder<T> {
    pub(crate) fn new() -> Self {
        Builder { order: Order::fifo(), capacity: None, when_full: WhenFull::Wait, on_drop: None }
    }

    /// Limits the queue to `capacity` items, 1 to [`CAPACITY_MAX`]. Unbounded without.
    pub fn capacity(mut self, capacity: usize) -> Self {
        self.capacity = Some(capacity);
        self
    }

    /// Says what happens to a put when the queue is full. [`WhenFull::Wait`] without.
    pub fn when_full(mut self, when_full: WhenFull) -> Self {
        self.when_full = when_full;
        self
    }

    /// Receives each item that is dropped by [`WhenFull`] or because no consumer is left.
    ///
    /// It runs in the call that dropped the item, outside any lock: it may use the queue, and
    /// a panic in it reaches that caller and harms nothing else.
    pub fn on_drop(mut self, on_drop: impl Fn(T) + Send + Sync + 'static) -> Self {
        self.on_drop = Some(Box::new(on_drop));
        self
    }

    /// Hands out the newest item first.
    pub fn lifo(mut self) -> Self {
        self.order = Order::lifo();
        self
    }

    /// Hands out the greatest item first, equal ones in the order they were put. For the
    /// smallest first, wrap items in [`std::cmp::Reverse`].
    pub fn priority(mut self) -> Self
    where
        T: Ord + Send + 'static,
    {
        self.order = Order::priority();
        self
    }

    /// Makes the queue.
    ///
    /// # Errors
    /// A capacity of 0 or above [`CAPACITY_MAX`]; a policy other than [`WhenFull::Wait`]
    /// without a capacity; one that drops items without an [`on_drop`](Self::on_drop).
    pub fn build(self) -> Result<Queue<T>, BuildError> {
        let capacity = match (self.capacity, self.when_full, &self.on_drop) {
            (Some(0), _, _) => return Err(BuildError::CapacityZero),
            (Some(capacity), _, _) if capacity > CAPACITY_MAX => {
                return Err(BuildError::CapacityAboveMax { capacity });
            }
            (None, WhenFull::Reject | WhenFull::DropNewest | WhenFull::DropOldest, _) => {
                return Err(BuildError::NeverFull);
            }
            (Some(_), WhenFull::DropNewest | WhenFull::DropOldest, None) => {
                return Err(BuildError::DropsGoNowhere);
            }
            (capacity, _, _) => capacity.unwrap_or(usize::MAX),
        };
        Ok(self.build_checked(capacity))
    }

    pub(crate) fn build_checked(self, capacity: usize) -> Queue<T> {
        let mut state = State {
            items: self.order,
            capacity,
            when_full: self.when_full,
            closed: false,
            producers: 1,
            consumers: 1,
            lines: None,
            pushed: 0,
            popped: 0,
            dropped: 0,
            refused: 0,
            peak: 0,
            finished: 0,
            finished_rounds: 0,
            gates: Gates::SHUT,
        };
        state.set_gates();
        let shared = Arc::new(Shared::new(state, self.on_drop));
        Queue { producer: Producer { shared: Arc::clone(&shared) }, consumer: Consumer { shared } }
    }
}

impl<T> fmt::Debug for Builder<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Builder")
            .field("order", &self.order.name())
            .field("capacity", &self.capacity)
            .field("when_full", &self.when_full)
            .finish_non_exhaustive()
    }
}
