//! What is appended at once, and what comes of it.

use uuid::Uuid;

use crate::Event;

/// A digest of what a sender calls a request or an event.
pub type Key = [u8; 16];

/// Events that are taken in together or not at all.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Group {
    /// In their order.
    pub events: Vec<Event>,
    /// What the request is known by, should it come again.
    pub mark: Option<Mark>,
}

impl From<Vec<Event>> for Group {
    fn from(events: Vec<Event>) -> Self {
        Group { events, mark: None }
    }
}

/// By what a request is known again, and what it was answered.
///
/// It is remembered as durably as the events of its group, for a [window](crate::MarkLimits) in
/// time and count.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Mark {
    /// A digest of what the sender calls it: of its `Idempotency-Key` and its route.
    pub key: Key,
    /// A digest of what is in it.
    pub fingerprint: Key,
    /// What it is answered, the first time and again.
    pub answer: Answer,
}

/// What a request is answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Answer {
    /// How many events were accepted.
    pub accepted: u64,
    /// The id of the first.
    pub first: Uuid,
    /// The id of the last.
    pub last: Uuid,
}

/// What became of a group.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Appended {
    /// It was taken in.
    Taken {
        /// Where in the group those events were, in order, whose keys are remembered: they are
        /// there already and were not taken again.
        repeats: Vec<usize>,
    },
    /// The request is remembered, with the same fingerprint: nothing was taken in again. This is
    /// what the first one was answered.
    Repeated(Answer),
}

impl Appended {
    /// Taken in as it was, nothing of it known before.
    pub const WHOLE: Appended = Appended::Taken { repeats: Vec::new() };
}
