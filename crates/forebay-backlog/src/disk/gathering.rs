//! What has been let in and waits for the writer.

use std::collections::VecDeque;
use std::ops::Range;

use crate::Group;
use crate::receipt::{Promise, Receipt};

/// No more than so many bytes go into one batch, but for a single group that has more.
const BATCH_BYTES_MAX: usize = 4 * 1024 * 1024;

/// A buffer is used again up to this size.
pub(super) const BUFFER_BYTES_MAX: usize = 1024 * 1024;

/// A group on its way.
#[derive(Debug)]
pub(super) struct Append {
    pub(super) group: Group,
    /// Where its records are among those of its party.
    pub(super) place: Range<usize>,
}

impl Append {
    pub(super) fn has_keys(&self) -> bool {
        self.group.mark.is_some() || self.group.events.iter().any(|event| event.key.is_some())
    }
}

/// Groups that go to disk together, and one promise to all of them.
#[derive(Debug)]
pub(super) struct Party {
    pub(super) appends: Vec<Append>,
    /// Their records, but for their places. Written by whoever appends, and not by the writer.
    pub(super) encoded: Vec<u8>,
    pub(super) promise: Promise,
    /// Events and bytes that were let in.
    pub(super) size: (u64, u64),
}

#[derive(Debug, Default)]
pub(super) struct Gathering {
    parties: VecDeque<Party>,
    /// To be used again.
    buffer: Vec<u8>,
}

impl Gathering {
    /// Takes a group with its records, of some events and bytes, along with those that are there.
    pub(super) fn push(&mut self, group: Group, encoded: &[u8], size: (u64, u64)) -> Receipt {
        let has_room = |party: &Party| party.encoded.len() + encoded.len() <= BATCH_BYTES_MAX;
        if !self.parties.back().is_some_and(has_room) {
            let encoded = std::mem::take(&mut self.buffer);
            let (appends, promise) = (Vec::new(), Promise::new());
            self.parties.push_back(Party { appends, encoded, promise, size: (0, 0) });
        }
        let party = self.parties.back_mut().expect("one was put there");
        let start = party.encoded.len();
        party.encoded.extend_from_slice(encoded);
        party.appends.push(Append { group, place: start..party.encoded.len() });
        party.size = (party.size.0 + size.0, party.size.1 + size.1);
        party.promise.receipt()
    }

    pub(super) fn pop(&mut self) -> Option<Party> {
        self.parties.pop_front()
    }

    /// Takes back what the records of a party were in.
    pub(super) fn give_back(&mut self, mut buffer: Vec<u8>) {
        if (self.buffer.capacity()..=BUFFER_BYTES_MAX).contains(&buffer.capacity()) {
            buffer.clear();
            self.buffer = buffer;
        }
    }

    /// How many groups there are.
    pub(super) fn len(&self) -> usize {
        self.parties.iter().map(|party| party.appends.len()).sum()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.parties.is_empty()
    }
}
