//! Where a pool takes its items from.

use std::future::Future;

use crate::Consumer;

/// Where a pool takes its items from: a queue's [`Consumer`], or something that hands out
/// deliveries.
pub trait Source<T>: Send + Sync + 'static {
    /// Takes items of up to `max` in [size](Self::size) as soon as there are any, adds them to
    /// `into` and says how many items these are; 0 when there will never be any more. Dropping the
    /// future must lose nothing.
    fn take<'a>(
        &'a self,
        into: &'a mut Vec<T>,
        max: usize,
    ) -> impl Future<Output = usize> + Send + 'a;

    /// The same if that needs no waiting: how many items it added to `into`, which may be none
    /// though some are there.
    fn try_take(&self, _into: &mut Vec<T>, _max: usize) -> usize {
        0
    }

    /// What an item counts as: 1, unless it is itself many, as a delivery of events is. Whatever
    /// a pool counts, and a controller sees, is in this measure.
    ///
    /// It has to stay the same for as long as the pool has the item.
    fn size(&self, _item: &T) -> usize {
        1
    }

    /// How many wait.
    fn waiting(&self) -> usize;

    /// How many have come so far, those that wait and those that are gone.
    fn came(&self) -> u64;

    /// Lets no more come. What waits can still be taken.
    fn close(&self);

    /// So many are finished for good, well or not.
    fn finished(&self, count: usize);
}

impl<T: Send + 'static> Source<T> for Consumer<T> {
    async fn take(&self, into: &mut Vec<T>, max: usize) -> usize {
        // One by one there is a shorter way.
        if max > 1 {
            return self.get_many(into, max).await;
        }
        let item = self.get().await;
        let count = usize::from(item.is_some());
        into.extend(item);
        count
    }

    #[inline]
    fn try_take(&self, into: &mut Vec<T>, max: usize) -> usize {
        if max > 1 {
            return self.try_get_many(into, max).unwrap_or(0);
        }
        let Ok(item) = self.try_get() else { return 0 };
        into.push(item);
        1
    }

    fn waiting(&self) -> usize {
        self.len()
    }

    fn came(&self) -> u64 {
        self.stats().put
    }

    fn close(&self) {
        Consumer::close(self);
    }

    fn finished(&self, count: usize) {
        self.task_done_many(count);
    }
}

/// A source once its way of taking is left out: what whoever looks on needs.
pub(super) trait Watched: Send + Sync {
    fn waiting(&self) -> usize;
    fn came(&self) -> u64;
    fn close(&self);
}

pub(super) struct Watch<S, T>(
    pub(super) std::sync::Arc<S>,
    pub(super) std::marker::PhantomData<fn(T)>,
);

impl<T, S: Source<T>> Watched for Watch<S, T> {
    fn waiting(&self) -> usize {
        self.0.waiting()
    }

    fn came(&self) -> u64 {
        self.0.came()
    }

    fn close(&self) {
        self.0.close();
    }
}
