//! Events that are delivered in the order in which those of their key came.
//!
//! What has the same key goes into the same partition of the stream, which is a subject of its own. The server
//! hands out one message of a partition at a time: whoever has it is the only one, until it is acknowledged or is
//! another's because nothing was heard of whoever had it.

use std::fmt;
use std::sync::Arc;

use crate::Event;

type KeyOf = dyn Fn(&Event) -> u64 + Send + Sync;

/// By which key events keep their order, over all machines, and how many can be under way beside each other.
///
/// # Examples
/// ```
/// use forebay_backlog::jetstream::Order;
///
/// // All of one day are in order.
/// let order = Order::new(16, |event| event.received_at_ms as u64 / 86_400_000);
/// assert_eq!(order.partitions(), 16);
/// ```
#[derive(Clone)]
pub struct Order {
    partitions: usize,
    key: Arc<KeyOf>,
}

impl Order {
    /// `key` says what an event has in common with those that are to stay in order with it, and has to say the same on
    /// every machine. All who share a stream have to have the same number of `partitions`, at least 1.
    pub fn new(partitions: usize, key: impl Fn(&Event) -> u64 + Send + Sync + 'static) -> Self {
        Order { partitions: partitions.max(1), key: Arc::new(key) }
    }

    /// How many partitions there are.
    #[must_use]
    pub fn partitions(&self) -> usize {
        self.partitions
    }

    /// Parts events by partition. In each they are in their order.
    pub(super) fn sort<'a>(&self, events: &'a [Event]) -> Vec<(usize, Vec<&'a Event>)> {
        let mut parts = vec![Vec::new(); self.partitions];
        for event in events {
            let partition = (self.key)(event) % self.partitions as u64;
            // Less than `partitions`, which is one.
            parts[usize::try_from(partition).unwrap_or(0)].push(event);
        }
        let parts = parts.into_iter().enumerate();
        parts.filter(|(_, events)| !events.is_empty()).collect()
    }
}

/// As many partitions, and the very same function.
impl PartialEq for Order {
    fn eq(&self, other: &Self) -> bool {
        let is_same_key = std::ptr::addr_eq(Arc::as_ptr(&self.key), Arc::as_ptr(&other.key));
        self.partitions == other.partitions && is_same_key
    }
}

impl Eq for Order {}

impl fmt::Debug for Order {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Order").field("partitions", &self.partitions).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    #[test]
    fn what_has_the_same_key_is_in_the_same_partition_in_its_order() {
        let event = |number: u128| Event {
            id: Uuid::from_u128(number),
            received_at_ms: 0,
            attributes: "{}".into(),
            body: "1".into(),
            key: None,
        };
        let events: Vec<Event> = (0..30).map(event).collect();
        let of_ten = |event: &Event| u64::try_from(event.id.as_u128() % 10).expect("it is small");
        let parts = Order::new(4, of_ten).sort(&events);
        let numbers = |events: &[&Event]| events.iter().map(|event| event.id.as_u128()).collect();
        let numbers: Vec<Vec<u128>> = parts.iter().map(|(_, events)| numbers(events)).collect();
        assert_eq!(
            numbers,
            [
                vec![0, 4, 8, 10, 14, 18, 20, 24, 28],
                vec![1, 5, 9, 11, 15, 19, 21, 25, 29],
                vec![2, 6, 12, 16, 22, 26],
                vec![3, 7, 13, 17, 23, 27],
            ]
        );
        assert_eq!(Order::new(0, of_ten).sort(&events).len(), 1);
    }
}
