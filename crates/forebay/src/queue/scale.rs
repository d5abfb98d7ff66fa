//! Capacity by weight: what the items that wait weigh together, and how much of it fits.

use crate::sharing::{Parts, Sharing};

/// Says what an item weighs.
pub(crate) type Weigh<T, S> = <S as Parts>::Weigh<T>;

pub(crate) struct Scale<T, S: Sharing> {
    weigh: Box<Weigh<T, S>>,
    /// How much fits; at least 1.
    weight_max: usize,
    /// What the items that are in weigh together.
    weight: usize,
}

impl<T, S: Sharing> Scale<T, S> {
    pub(crate) fn new(weight_max: usize, weigh: Box<Weigh<T, S>>) -> Self {
        Scale { weigh, weight_max, weight: 0 }
    }

    pub(crate) fn weight_max(&self) -> usize {
        self.weight_max
    }

    pub(crate) fn weight(&self) -> usize {
        self.weight
    }

    /// Whether nothing fits that weighs anything.
    pub(crate) fn is_full(&self) -> bool {
        self.weight >= self.weight_max
    }

    /// Whether `item` would fit if it were alone.
    pub(crate) fn fits_ever(&self, item: &T) -> bool {
        (self.weigh)(item) <= self.weight_max
    }

    /// Whether `item` fits beside what is in.
    pub(crate) fn fits(&self, item: &T) -> bool {
        self.has_room_for((self.weigh)(item))
    }

    /// Whether something that weighs so much fits beside what is in.
    pub(crate) fn has_room_for(&self, weight: usize) -> bool {
        weight <= self.weight_max.saturating_sub(self.weight)
    }

    /// What `item` weighs.
    pub(crate) fn weight_of(&self, item: &T) -> usize {
        (self.weigh)(item)
    }

    /// How many of the first of `items` fit beside what is in.
    pub(crate) fn fitting(&self, items: &[T]) -> usize {
        let mut left = self.weight_max.saturating_sub(self.weight);
        let fits = |item: &&T| {
            let rest = left.checked_sub((self.weigh)(item));
            left = rest.unwrap_or(0);
            rest.is_some()
        };
        items.iter().take_while(fits).count()
    }

    /// `item` goes in.
    pub(crate) fn add(&mut self, item: &T) {
        self.weight = self.weight.saturating_add((self.weigh)(item));
    }

    /// `item` has come out.
    pub(crate) fn take(&mut self, item: &T) {
        self.weight = self.weight.saturating_sub((self.weigh)(item));
    }

    /// Nothing is in any more, whatever was said of the weights on the way.
    pub(crate) fn reset(&mut self) {
        self.weight = 0;
    }
}
