//! How often each time was seen, within 1 %, in memory that does not grow.

use std::fmt;

/// Buckets by powers of two, each cut into 128 equal ones: a value's bucket is at most 1/128 of
/// it wide, and answers with its middle. The layout of Gil Tene's HdrHistogram (2012).
#[derive(Clone, PartialEq, Eq)]
pub struct Histogram {
    counts: Vec<u64>,
    count: u64,
}

const FINE_BITS: u32 = 7;
const FINE: u64 = 1 << FINE_BITS;
/// Values below 2^62 ns, 146 years; what is longer is counted as that.
const BITS_MAX: u32 = 62;
const BUCKETS: usize = ((BITS_MAX - FINE_BITS + 1) as usize) << FINE_BITS;

impl Histogram {
    pub(crate) fn new() -> Self {
        Histogram { counts: vec![0; BUCKETS], count: 0 }
    }

    #[inline]
    pub(crate) fn record(&mut self, value: u64) {
        self.counts[bucket_of(value)] += 1;
        self.count += 1;
    }

    pub(crate) fn add(&mut self, other: &Histogram) {
        for (mine, theirs) in self.counts.iter_mut().zip(&other.counts) {
            *mine += theirs;
        }
        self.count += other.count;
    }

    /// How many values there are.
    pub fn count(&self) -> u64 {
        self.count
    }

    /// The value in nanoseconds that this share of all values does not exceed, within 1 %; `None`
    /// when there are none. What is not from 0 to 1 becomes the nearer of the two.
    pub fn quantile_ns(&self, share: f64) -> Option<u64> {
        let rank = ((share.clamp(0.0, 1.0) * self.count as f64).ceil() as u64).max(1);
        let mut seen = 0;
        let bucket = self.counts.iter().position(|count| {
            seen += count;
            seen >= rank
        })?;
        let (from, width) = bounds_of(bucket);
        Some(from + (width - 1) / 2)
    }

    /// How far this distribution and that of some other values in nanoseconds are apart: the
    /// greatest difference between the two distribution functions, from 0 to 1 (the statistic of
    /// Kolmogorov and Smirnov). `values` are in ascending order.
    ///
    /// It is taken at the ends of the buckets, so two that differ within a bucket only are alike.
    pub fn distance_from(&self, values: &[u64]) -> f64 {
        let share = |part: u64, all: u64| part as f64 / all.max(1) as f64;
        let mut below = 0;
        let distances = self.buckets().map(|(from, width, count)| {
            below += count;
            let theirs = values.partition_point(|&value| value < from + width) as u64;
            (share(below, self.count) - share(theirs, values.len() as u64)).abs()
        });
        distances.fold(0.0, f64::max)
    }

    /// Every bucket with values in it: from which nanosecond, how wide, how many.
    pub fn buckets(&self) -> impl Iterator<Item = (u64, u64, u64)> + '_ {
        self.counts.iter().enumerate().filter(|(_, count)| **count > 0).map(|(bucket, count)| {
            let (from, width) = bounds_of(bucket);
            (from, width, *count)
        })
    }
}

impl fmt::Debug for Histogram {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Histogram")
            .field("count", &self.count)
            .field("p50_ns", &self.quantile_ns(0.5))
            .field("p99_ns", &self.quantile_ns(0.99))
            .finish_non_exhaustive()
    }
}

#[inline]
fn bucket_of(value: u64) -> usize {
    let shift = (63 - (value | FINE).leading_zeros()).saturating_sub(FINE_BITS);
    // For what is below `FINE` the shift is 0 and the bucket the value itself.
    let bucket = (u64::from(shift) << FINE_BITS) + (value >> shift);
    (bucket as usize).min(BUCKETS - 1)
}

/// From where, and how wide.
fn bounds_of(bucket: usize) -> (u64, u64) {
    let bucket = bucket as u64;
    if bucket < 2 * FINE {
        return (bucket, 1);
    }
    let shift = (bucket >> FINE_BITS) - 1;
    ((bucket - (shift << FINE_BITS)) << shift, 1 << shift)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_value_lies_in_its_bucket_and_no_bucket_is_wide() {
        let mut value = 1_u64;
        while value < 1 << 61 {
            for near in [value - 1, value, value + 1] {
                let (from, width) = bounds_of(bucket_of(near));
                assert!(from <= near && near < from + width, "{near} in {from} + {width}");
                assert!(width == 1 || width * 128 <= from, "{near}: {width} at {from}");
            }
            value += value / 3 + 1;
        }
    }

    #[test]
    fn quantiles_are_within_one_percent() {
        let mut histogram = Histogram::new();
        assert_eq!(histogram.quantile_ns(0.5), None);
        for value in 1..=100_000_u64 {
            histogram.record(value * 1000);
        }
        for share in [0.01, 0.5, 0.95, 0.99, 1.0] {
            let (exact, told) =
                (share * 1e8, histogram.quantile_ns(share).expect("not empty") as f64);
            assert!((told - exact).abs() <= exact / 100.0, "{share}: {told} for {exact}");
        }
    }

    #[test]
    fn a_distribution_is_as_far_from_another_as_the_share_that_would_have_to_move() {
        let mut histogram = Histogram::new();
        (0..100).for_each(|value| histogram.record(value));
        let same = Vec::from_iter(0..100);
        assert_eq!(histogram.distance_from(&same), 0.0);
        let later = Vec::from_iter(25..125);
        assert!((histogram.distance_from(&later) - 0.25).abs() < 1e-12);
        assert_eq!(histogram.distance_from(&[1000]), 1.0);
    }

    #[test]
    fn what_is_too_long_is_counted_as_the_longest() {
        let mut histogram = Histogram::new();
        histogram.record(u64::MAX);
        assert!(histogram.quantile_ns(1.0) > Some(1 << 61));
    }
}
