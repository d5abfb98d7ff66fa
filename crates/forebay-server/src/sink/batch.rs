//! A run of events of one delivery.
//!
//! A batch shares its delivery instead of copying events, so that it can be handed to a thread
//! that blocks; and it can be halved, which is how a refused one is searched.

use std::ops::Range;
use std::sync::Arc;

use forebay_backlog::{Delivery, Event};

/// A run of events of one delivery.
#[derive(Debug, Clone)]
pub(crate) struct Batch {
    delivery: Arc<Delivery>,
    /// Within the delivery's events; never empty.
    range: Range<usize>,
}

impl Batch {
    pub(crate) fn new(delivery: Arc<Delivery>, range: Range<usize>) -> Self {
        debug_assert!(range.end <= delivery.events().len());
        Self { delivery, range }
    }

    pub(crate) fn events(&self) -> &[Event] {
        &self.delivery.events()[self.range.clone()]
    }

    pub(crate) fn len(&self) -> usize {
        self.range.len()
    }

    /// The part of this batch that `range`, counted from its start, names.
    pub(crate) fn part(&self, range: &Range<usize>) -> Self {
        let start = self.range.start;
        Self::new(Arc::clone(&self.delivery), start + range.start..start + range.end)
    }
}

/// Cuts events into runs of at most `bytes_max`, or of one event that is longer.
///
/// A statement that carries a batch is a single message: its size is bounded by bytes, whatever
/// the number of events in a gear's batch.
pub(crate) fn cuts(sizes: impl IntoIterator<Item = u64>, bytes_max: u64) -> Vec<Range<usize>> {
    let mut cuts = Vec::new();
    let (mut start, mut end, mut bytes) = (0, 0, 0_u64);
    for size in sizes {
        if end > start && bytes.saturating_add(size) > bytes_max {
            cuts.push(start..end);
            (start, bytes) = (end, 0);
        }
        bytes = bytes.saturating_add(size);
        end += 1;
    }
    if end > start {
        cuts.push(start..end);
    }
    cuts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cuts_fill_up_to_the_limit_and_no_further() {
        assert_eq!(cuts([4, 6, 1], 10), [0..2, 2..3]);
        assert_eq!(cuts([4, 7, 1], 10), [0..1, 1..3]);
        assert!(cuts([], 10).is_empty());
    }

    #[test]
    fn an_event_beyond_the_limit_travels_alone() {
        assert_eq!(cuts([1, 11, 1], 10), [0..1, 1..2, 2..3]);
        assert_eq!(cuts([u64::MAX, u64::MAX], 10), [0..1, 1..2]);
    }
}
