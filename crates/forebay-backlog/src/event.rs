//! What came in from outside.

use std::fmt;
use std::sync::Arc;

use bytes::Bytes;
use uuid::Uuid;

use crate::Key;

/// What an event takes beside its body: its own fields, its slot in the queue and its share
/// of the request it came with. Counted, so that a limit in bytes holds for tiny events too.
const OVERHEAD_BYTES: u64 = 128;

/// One event: an item that came in from outside, with an id and a time.
#[derive(Clone, PartialEq, Eq)]
pub struct Event {
    /// Its id, a UUIDv7: later events have greater ids.
    pub id: Uuid,
    /// When it was accepted, in milliseconds of Unix time.
    pub received_at_ms: i64,
    /// What is known about it: a JSON object, shared by the events of a request.
    pub attributes: Arc<str>,
    /// One JSON value, as it was sent. Valid UTF-8.
    pub body: Bytes,
    /// What its sender calls it, digested: an event whose key is remembered is not taken again.
    pub key: Option<Key>,
}

impl Event {
    /// The body as text.
    ///
    /// A body that is not UTF-8, which no way in lets through, reads as JSON `null`.
    pub fn body_str(&self) -> &str {
        std::str::from_utf8(&self.body).unwrap_or("null")
    }

    /// What it counts against a limit in bytes, overhead included.
    pub fn bytes(&self) -> u64 {
        self.body.len() as u64 + OVERHEAD_BYTES
    }
}

/// How many events and bytes a group is.
pub(crate) fn size_of(group: &[Event]) -> (u64, u64) {
    (group.len() as u64, group.iter().map(Event::bytes).sum())
}

// Never the body: events end up in logs through `Debug`, and what is in them is not ours.
impl fmt::Debug for Event {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Event")
            .field("id", &self.id)
            .field("received_at_ms", &self.received_at_ms)
            .field("body_bytes", &self.body.len())
            .finish_non_exhaustive()
    }
}
