//! Dead letters as a person looks at them.

use std::future::Future;

use bytes::Bytes;
use forebay_backlog::Event;
use serde::Serialize;
use serde_json::value::RawValue;
use uuid::Uuid;

use super::SinkError;

/// Which dead letters are meant. One that says nothing means all of them.
///
/// # Examples
/// ```
/// use forebay_server::DeadFilter;
///
/// let filter = DeadFilter { reason: Some("CHECK".to_owned()), ..DeadFilter::default() };
/// assert!(!filter.is_all());
/// assert!(DeadFilter::default().is_all());
/// ```
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct DeadFilter {
    /// These events, where it names any.
    pub ids: Vec<Uuid>,
    /// Events of this route.
    pub route: Option<String>,
    /// Events whose reason contains this, in upper or lower case.
    pub reason: Option<String>,
    /// Events that were last refused before this, in milliseconds of Unix time.
    pub failed_before_ms: Option<i64>,
    /// Events that were last refused then or later.
    pub failed_since_ms: Option<i64>,
}

impl DeadFilter {
    /// Whether it leaves none out.
    #[must_use]
    pub fn is_all(&self) -> bool {
        *self == Self::default()
    }

    /// The ids as a list, or nothing where they do not matter.
    pub(crate) fn named(&self) -> Option<&[Uuid]> {
        (!self.ids.is_empty()).then_some(&*self.ids)
    }
}

/// One event that the database refused.
#[derive(Debug, Clone, Serialize)]
#[non_exhaustive]
pub struct Letter {
    /// The event's id.
    pub id: Uuid,
    /// The route it came in by.
    pub route: String,
    /// When it came in.
    pub received_at: String,
    /// When it was first refused.
    pub first_failed_at: String,
    /// What the database said then.
    pub first_reason: String,
    /// When it was last refused.
    pub failed_at: String,
    /// What the database said then.
    pub reason: String,
    /// How many writes it was part of.
    pub attempts: i64,
    /// When it was put back into the backlog, from which it has not come yet.
    pub requeued_at: Option<String>,
    /// What came with it.
    pub attributes: Json,
    /// The event itself.
    pub body: Json,
    #[serde(skip)]
    pub(crate) received_at_ms: i64,
}

impl Letter {
    /// The event as it was accepted.
    pub(crate) fn event(&self) -> Event {
        Event {
            id: self.id,
            received_at_ms: self.received_at_ms,
            attributes: self.attributes.text().into(),
            body: Bytes::copy_from_slice(self.body.text().as_bytes()),
            // It is remembered, and would be turned away.
            key: None,
        }
    }
}

/// Text that is JSON, unless somebody has changed it in the database.
#[derive(Debug, Clone, Serialize)]
#[serde(untagged)]
pub enum Json {
    /// JSON, as it was sent.
    Value(Box<RawValue>),
    /// Something else.
    Text(String),
}

impl Json {
    pub(crate) fn new(text: String) -> Self {
        match serde_json::from_str::<&RawValue>(&text).map(ToOwned::to_owned) {
            Ok(value) => Self::Value(value),
            Err(_) => Self::Text(text),
        }
    }

    /// As it stands in the database.
    #[must_use]
    pub fn text(&self) -> &str {
        match self {
            Self::Value(value) => value.get(),
            Self::Text(text) => text,
        }
    }
}

/// A connection for whoever looks after dead letters.
///
/// One that was put back into a backlog stays, marked, until its event is written; whoever writes
/// it deletes it in the same transaction. So it can be put back again after a crash anywhere.
pub(crate) trait Letters: Send {
    /// The first `limit` after the one with the id `after`, in the order of their ids.
    fn page(
        &mut self,
        filter: &DeadFilter,
        after: Option<Uuid>,
        limit: u32,
    ) -> impl Future<Output = Result<Vec<Letter>, SinkError>> + Send;

    /// How many there are.
    fn count(&mut self, filter: &DeadFilter)
    -> impl Future<Output = Result<u64, SinkError>> + Send;

    /// Marks the first `limit` as put back by `run`, and returns them. What `run` has marked
    /// already is left out, unless the filter names it.
    fn mark(
        &mut self,
        filter: &DeadFilter,
        run: &str,
        limit: u32,
    ) -> impl Future<Output = Result<Vec<Letter>, SinkError>> + Send;

    /// Takes the marks of `run` off again: they were not put back after all.
    fn unmark(
        &mut self,
        ids: &[Uuid],
        run: &str,
    ) -> impl Future<Output = Result<(), SinkError>> + Send;

    /// Deletes the first `limit`, and returns how many. What is marked is left out, unless the
    /// filter names it.
    fn purge(
        &mut self,
        filter: &DeadFilter,
        limit: u32,
    ) -> impl Future<Output = Result<u64, SinkError>> + Send;
}
