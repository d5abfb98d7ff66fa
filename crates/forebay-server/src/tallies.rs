//! What is counted as it goes, because nobody could compute it later: how long things took.

use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::Duration;

/// Upper ends of a histogram's buckets, in microseconds: a millisecond is the middle of what a
/// disk takes, ten seconds the end of anybody's patience.
const BUCKETS_US: [u64; 14] = [
    100, 250, 500, 1_000, 2_500, 5_000, 10_000, 25_000, 50_000, 100_000, 250_000, 1_000_000,
    2_500_000, 10_000_000,
];

/// What is counted of one route.
#[derive(Debug, Default)]
pub(crate) struct Tallies {
    /// Bytes of the bodies that were appended.
    pub(crate) bytes: Tally,
    /// From the head of a request to its answer.
    pub(crate) request: Histogram,
    /// From a group to what its backlog promises.
    pub(crate) commit: Histogram,
    /// One write into the sink.
    pub(crate) write: Histogram,
    /// From an event's coming to its row.
    pub(crate) end_to_end: Histogram,
    /// Events that were handed out before.
    pub(crate) redelivered: Tally,
}

/// A number that only rises.
#[derive(Debug, Default)]
pub(crate) struct Tally(AtomicU64);

impl Tally {
    pub(crate) fn add(&self, more: u64) {
        // Ordering: Relaxed, a sum that orders nothing.
        self.0.fetch_add(more, Relaxed);
    }

    pub(crate) fn get(&self) -> u64 {
        // Ordering: Relaxed, a sum that orders nothing.
        self.0.load(Relaxed)
    }
}

/// How often something took how long.
#[derive(Debug, Default)]
pub(crate) struct Histogram {
    /// By bucket; the last one has no end.
    counts: [Tally; BUCKETS_US.len() + 1],
    sum_us: Tally,
}

impl Histogram {
    pub(crate) fn record(&self, took: Duration) {
        self.record_many(took, 1);
    }

    /// The same for each of `count`.
    pub(crate) fn record_many(&self, took: Duration, count: u64) {
        let us = u64::try_from(took.as_micros()).unwrap_or(u64::MAX);
        self.counts[BUCKETS_US.partition_point(|end| *end < us)].add(count);
        self.sum_us.add(us.saturating_mul(count));
    }

    /// Each bucket's end in seconds, and how many took no longer; the last is all of them.
    pub(crate) fn up_to(&self) -> (Vec<(f64, u64)>, u64) {
        let mut so_far = 0;
        let mut buckets = Vec::with_capacity(BUCKETS_US.len());
        for (end, count) in BUCKETS_US.iter().zip(&self.counts) {
            so_far += count.get();
            buckets.push((seconds(*end), so_far));
        }
        let all = so_far + self.counts[BUCKETS_US.len()].get();
        (buckets, all)
    }

    pub(crate) fn sum_s(&self) -> f64 {
        seconds(self.sum_us.get())
    }
}

#[expect(clippy::cast_precision_loss, reason = "exact up to 2^53 microseconds, which is 285 years")]
pub(crate) fn seconds(us: u64) -> f64 {
    us as f64 / 1e6
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_took_no_longer_than_a_bucket_is_in_it_and_all_above() {
        let histogram = Histogram::default();
        for us in [0, 100, 101, 10_000_000, 10_000_001] {
            histogram.record(Duration::from_micros(us));
        }
        let (buckets, all) = histogram.up_to();
        assert_eq!((buckets[0], buckets[1]), ((0.0001, 2), (0.00025, 3)));
        assert_eq!((buckets[13], all), ((10.0, 4), 5));
        assert!((histogram.sum_s() - 20.000_202).abs() < 1e-9);
    }
}
