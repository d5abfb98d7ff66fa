//! What has been let in and waits for the writer.

use std::collections::VecDeque;

use crate::Group;
use crate::event::size_of;
use crate::receipt::{Promise, Receipt};

/// No more than so many bytes go into one batch, but for a single group that has more.
const BATCH_BYTES_MAX: usize = 4 * 1024 * 1024;

/// A group on its way.
#[derive(Debug)]
pub(super) struct Append {
    pub(super) group: Group,
    /// Its records, but for their places. Written by whoever appends, and not by the writer.
    pub(super) encoded: Vec<u8>,
    /// Events and bytes that were let in.
    pub(super) size: (u64, u64),
}

impl Append {
    pub(super) fn new(group: Group, encoded: Vec<u8>) -> Self {
        let size = size_of(&group.events);
        Append { group, encoded, size }
    }

    pub(super) fn has_keys(&self) -> bool {
        self.group.mark.is_some() || self.group.events.iter().any(|event| event.key.is_some())
    }
}

/// Groups that go to disk together, and one promise to all of them.
#[derive(Debug)]
pub(super) struct Party {
    pub(super) appends: Vec<Append>,
    pub(super) promise: Promise,
    bytes: usize,
}

impl Party {
    fn new() -> Self {
        Party { appends: Vec::new(), promise: Promise::new(), bytes: 0 }
    }

    /// Events and bytes that were let in.
    pub(super) fn size(&self) -> (u64, u64) {
        self.appends
            .iter()
            .fold((0, 0), |(events, bytes), append| (events + append.size.0, bytes + append.size.1))
    }
}

#[derive(Debug, Default)]
pub(super) struct Gathering {
    parties: VecDeque<Party>,
}

impl Gathering {
    pub(super) fn push(&mut self, append: Append) -> Receipt {
        let bytes = append.encoded.len();
        let has_room = |party: &Party| party.bytes + bytes <= BATCH_BYTES_MAX;
        if !self.parties.back().is_some_and(has_room) {
            self.parties.push_back(Party::new());
        }
        let party = self.parties.back_mut().expect("one was put there");
        party.bytes += bytes;
        party.appends.push(append);
        party.promise.receipt()
    }

    pub(super) fn pop(&mut self) -> Option<Party> {
        self.parties.pop_front()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.parties.is_empty()
    }
}
