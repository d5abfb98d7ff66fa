//! That what was put is what was got.

/// How many items, and the sum of their numbers.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Tally {
    pub(crate) count: u64,
    pub(crate) sum: u64,
}

impl Tally {
    /// The items 0 to `count` - 1.
    pub(crate) fn of_first(count: u64) -> Self {
        Self { count, sum: count * count.saturating_sub(1) / 2 }
    }

    /// One more item.
    pub(crate) fn add(&mut self, number: u64) {
        self.count += 1;
        self.sum = self.sum.wrapping_add(number);
    }

    /// What was put has to be what was got.
    pub(crate) fn check(self, got: Self) -> Result<(), String> {
        if self == got {
            return Ok(());
        }
        Err(format!(
            "put {} items with the sum {}, got {} with {}",
            self.count, self.sum, got.count, got.sum
        ))
    }
}

impl std::iter::Sum for Tally {
    fn sum<I: Iterator<Item = Self>>(tallies: I) -> Self {
        tallies.fold(Self::default(), |a, b| Self {
            count: a.count + b.count,
            sum: a.sum.wrapping_add(b.sum),
        })
    }
}
