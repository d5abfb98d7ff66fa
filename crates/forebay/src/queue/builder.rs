//! How a queue is made.

use std::fmt;

use super::order::{Order, Ranking};
use super::scale::{Scale, Weigh};
use super::shared::Shared;
use super::state::State;
use crate::sharing::{Consumer, OneThread, Producer, Queue, Sharing, Threads};
use crate::{BuildError, WhenFull};

/// The greatest capacity a bounded queue can have: 4,294,967,295 items.
pub const CAPACITY_MAX: usize = u32::MAX as usize;

/// Makes a [`Queue`] that is something other than unbounded, or first in first out.
#[must_use = "a builder makes nothing until `build` is called"]
pub struct Builder<T, S: Sharing> {
    /// Makes an order other than first in, first out.
    ranking: Option<fn() -> Ranking<T>>,
    capacity: Option<usize>,
    scale: Option<Scale<T, S>>,
    when_full: WhenFull,
    on_drop: Option<Box<S::OnDrop<T>>>,
}

impl<T, S: Sharing> Builder<T, S> {
    pub(crate) fn new() -> Self {
        Builder {
            ranking: None,
            capacity: None,
            scale: None,
            when_full: WhenFull::Wait,
            on_drop: None,
        }
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

    /// Hands out the newest item first.
    pub fn lifo(mut self) -> Self {
        self.ranking = Some(Ranking::lifo);
        self
    }

    /// Hands out the greatest item first, equal ones in the order they were put. For the
    /// smallest first, wrap items in [`std::cmp::Reverse`].
    ///
    /// An `Ord` that panics costs one item at most.
    ///
    /// # Examples
    /// ```
    /// let queue = forebay::Queue::builder().priority().build()?;
    /// for item in [2, 3, 1] {
    ///     queue.try_put(item)?;
    /// }
    /// assert_eq!(queue.try_get(), Ok(3));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn priority(mut self) -> Self
    where
        T: Ord,
    {
        self.ranking = Some(Ranking::priority);
        self
    }

    /// Makes the queue.
    ///
    /// # Errors
    /// A capacity of 0 or above [`CAPACITY_MAX`], a weight of 0; a policy other than
    /// [`WhenFull::Wait`] without a capacity of either kind; one that drops items without an
    /// [`on_drop`](Self::on_drop).
    pub fn build(self) -> Result<Queue<T, S>, BuildError> {
        let capacity = self.capacity.map(checked_capacity).transpose()?;
        let weight_max = self.scale.as_ref().map(Scale::weight_max);
        if weight_max == Some(0) {
            return Err(BuildError::WeightZero);
        }
        let is_never_full = capacity.is_none() && weight_max.is_none();
        match self.when_full {
            WhenFull::Wait => (),
            _ if is_never_full => return Err(BuildError::NeverFull),
            WhenFull::DropNewest | WhenFull::DropOldest if self.on_drop.is_none() => {
                return Err(BuildError::DropsGoNowhere);
            }
            WhenFull::Reject | WhenFull::DropNewest | WhenFull::DropOldest => (),
        }
        let capacity = capacity.unwrap_or(usize::MAX);
        Ok(self.build_checked(capacity))
    }

    #[inline]
    pub(crate) fn build_checked(self, capacity: usize) -> Queue<T, S> {
        let scale = self.scale.map(Box::new);
        let order = Order::of(self.ranking.map(|make| make()));
        let shared = S::share(|| {
            Shared::new(State::new(order, capacity, scale, self.when_full), self.on_drop)
        });
        Queue { producer: Producer { shared: shared.clone() }, consumer: Consumer { shared } }
    }
}

/// What a capacity may be.
pub(crate) fn checked_capacity(capacity: usize) -> Result<usize, BuildError> {
    match capacity {
        0 => Err(BuildError::CapacityZero),
        _ if capacity > CAPACITY_MAX => Err(BuildError::CapacityAboveMax { capacity }),
        _ => Ok(capacity),
    }
}

impl<T> Builder<T, Threads> {
    /// Limits the queue to items that weigh `weight_max` together, 1 or more, by what `weigh` says
    /// of each; beside a [`capacity`](Self::capacity), if both are given. What weighs more than
    /// that alone is refused as [`TooHeavy`](crate::PutError::TooHeavy).
    ///
    /// Waiting producers keep their order, so a heavy item holds up lighter ones behind it; with
    /// [`WhenFull::DropOldest`] it may push out several. `weigh` runs under the queue's lock: it
    /// must be quick, must not use the queue, and must say the same of an item as long as it
    /// waits. If it panics, the item is gone and its weight is counted until the queue is next
    /// empty.
    ///
    /// # Examples
    /// ```
    /// use forebay::{PutError, Queue};
    ///
    /// let queue = Queue::builder().weight(10, String::len).build()?;
    /// queue.try_put("seven..".to_owned())?;
    /// assert!(queue.try_put("four".to_owned()).unwrap_err().is_full());
    /// queue.try_put("two".to_owned())?;
    /// let much = "more than ten".to_owned();
    /// assert!(matches!(queue.try_put(much), Err(PutError::TooHeavy(_))));
    /// assert_eq!(queue.weight(), 10);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn weight(
        mut self,
        weight_max: usize,
        weigh: impl Fn(&T) -> usize + Send + Sync + 'static,
    ) -> Self {
        let weigh: Box<Weigh<T, Threads>> = Box::new(weigh);
        self.scale = Some(Scale::new(weight_max, weigh));
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
}

/// The same without `Send`.
impl<T> Builder<T, OneThread> {
    /// Limits the queue to items that weigh `weight_max` together, 1 or more, by what `weigh` says
    /// of each; beside a [`capacity`](Self::capacity), if both are given. What weighs more than
    /// that alone is refused as [`TooHeavy`](crate::PutError::TooHeavy).
    ///
    /// Waiting producers keep their order, so a heavy item holds up lighter ones behind it; with
    /// [`WhenFull::DropOldest`] it may push out several. `weigh` runs under the queue's lock: it
    /// must be quick, must not use the queue, and must say the same of an item as long as it
    /// waits. If it panics, the item is gone and its weight is counted until the queue is next
    /// empty.
    ///
    /// # Examples
    /// ```
    /// use forebay::{PutError, local::Queue};
    ///
    /// let queue = Queue::builder().weight(10, String::len).build()?;
    /// queue.try_put("seven..".to_owned())?;
    /// assert!(queue.try_put("four".to_owned()).unwrap_err().is_full());
    /// queue.try_put("two".to_owned())?;
    /// let much = "more than ten".to_owned();
    /// assert!(matches!(queue.try_put(much), Err(PutError::TooHeavy(_))));
    /// assert_eq!(queue.weight(), 10);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn weight(mut self, weight_max: usize, weigh: impl Fn(&T) -> usize + 'static) -> Self {
        let weigh: Box<Weigh<T, OneThread>> = Box::new(weigh);
        self.scale = Some(Scale::new(weight_max, weigh));
        self
    }

    /// Receives each item that is dropped by [`WhenFull`] or because no consumer is left.
    ///
    /// It runs in the call that dropped the item, outside any lock: it may use the queue, and
    /// a panic in it reaches that caller and harms nothing else.
    pub fn on_drop(mut self, on_drop: impl Fn(T) + 'static) -> Self {
        self.on_drop = Some(Box::new(on_drop));
        self
    }
}

impl<T, S: Sharing> fmt::Debug for Builder<T, S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Builder")
            .field("order", &Order::of(self.ranking.map(|make| make())).name())
            .field("capacity", &self.capacity)
            .field("weight_max", &self.scale.as_ref().map(Scale::weight_max))
            .field("when_full", &self.when_full)
            .finish_non_exhaustive()
    }
}
