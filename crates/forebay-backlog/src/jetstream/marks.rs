//! What requests and events with keys are known by, for every machine: a stream beside that of the events.
//!
//! A key is claimed, with the ids that its events have, before they are published, and marked as done when they are there. Who
//! comes with it again publishes under the same ids what may not be there yet: whatever process or server ended in between, the sink
//! knows events by their ids.

use std::fmt::Write;
use std::sync::Arc;
use std::time::Duration;

use async_nats::jetstream::Context;
use async_nats::jetstream::context::PublishErrorKind;
use async_nats::jetstream::message::PublishMessage;
use async_nats::jetstream::stream::{Config, LastRawMessageErrorKind, StorageType, Stream};
use bytes::Bytes;
use tokio::sync::OnceCell;
use uuid::Uuid;

use super::options::JetStreamOptions;
use crate::{Answer, AppendError, Key, Mark};

#[derive(Debug)]
pub(super) struct Marks {
    bucket: Config,
    /// Made when the first request with a key comes.
    stream: OnceCell<Stream>,
}

impl Marks {
    pub(super) fn new(options: &JetStreamOptions) -> Self {
        let name = options.marks_bucket();
        let bucket = Config {
            description: Some("what requests with a key were answered".to_owned()),
            subjects: vec![format!("{name}.*")],
            name,
            max_messages_per_subject: 1,
            max_messages: i64::try_from(options.marks.marks_max.max(1)).unwrap_or(-1),
            max_age: options.marks_keep(),
            duplicate_window: options.marks_keep().min(Duration::from_secs(120)),
            storage: StorageType::File,
            num_replicas: options.replicas,
            ..Config::default()
        };
        Marks { bucket, stream: OnceCell::new() }
    }

    async fn stream(&self, context: &Context) -> Result<&Stream, AppendError> {
        let make = || context.get_or_create_stream(self.bucket.clone());
        self.stream.get_or_try_init(make).await.map_err(away)
    }

    /// Makes the stream again, if there was one.
    pub(super) async fn restore(&self, context: &Context) {
        if self.stream.initialized() {
            // Without it the next request with a key says what is wrong.
            let _ = context.get_or_create_stream(self.bucket.clone()).await;
        }
    }

    fn subject(&self, key: &Key) -> String {
        format!("{}.{}", self.bucket.name, hex(key))
    }

    /// Claims the key of a request for events with these ids.
    ///
    /// # Errors
    /// [`AppendError::KeyReused`], [`AppendError::Away`].
    pub(super) async fn claim_request(
        &self,
        context: &Context,
        mark: &Mark,
        ids: &[Uuid],
    ) -> Result<Claim, AppendError> {
        let entry = Entry { is_done: false, mark: *mark, ids: ids.to_vec() };
        match self.claim(context, &mark.key, entry.write()).await? {
            Some(known) => Entry::read(&known, mark).map(Entry::claim),
            None => Ok(Claim::Ours),
        }
    }

    /// Claims the key of an event. Returns the id under which it is known, should it have been claimed before.
    ///
    /// # Errors
    /// [`AppendError::Away`].
    pub(super) async fn claim_event(
        &self,
        context: &Context,
        key: &Key,
        id: Uuid,
    ) -> Result<Option<Uuid>, AppendError> {
        let known = self.claim(context, key, id.as_bytes().to_vec()).await?;
        // What is none of an event's is a request's of the same key: another event.
        Ok(known.and_then(|known| Uuid::from_slice(&known).ok()))
    }

    /// What the request was answered, if its events are there.
    ///
    /// # Errors
    /// Those of [`claim_request`](Self::claim_request).
    pub(super) async fn answered(
        &self,
        context: &Context,
        mark: &Mark,
    ) -> Result<Option<Answer>, AppendError> {
        let Some(known) = self.find(context, &mark.key).await? else { return Ok(None) };
        Entry::read(&known, mark).map(|entry| entry.is_done.then_some(entry.mark.answer))
    }

    /// The events of a request are there. If that cannot be told, they are published once more should it come again.
    pub(super) async fn done(&self, context: &Context, mark: &Mark) {
        let entry = Entry { is_done: true, mark: *mark, ids: Vec::new() };
        if let Ok(sent) = context.publish(self.subject(&mark.key), entry.write().into()).await {
            let _ = sent.await;
        }
    }

    /// What the key is claimed for by somebody else; nothing if it is ours now.
    async fn claim(
        &self,
        context: &Context,
        key: &Key,
        entry: Vec<u8>,
    ) -> Result<Option<Bytes>, AppendError> {
        self.stream(context).await?;
        let first = PublishMessage::build().payload(entry.into()).expected_last_subject_sequence(0);
        let sent = context.send_publish(self.subject(key), first).await.map_err(away)?;
        match sent.await {
            Ok(_) => Ok(None),
            Err(error) if error.kind() == PublishErrorKind::WrongLastSequence => {
                self.find(context, key).await
            }
            Err(error) => Err(away(error)),
        }
    }

    async fn find(&self, context: &Context, key: &Key) -> Result<Option<Bytes>, AppendError> {
        let stream = self.stream(context).await?;
        match stream.get_last_raw_message_by_subject(&self.subject(key)).await {
            Ok(known) => Ok(Some(known.payload)),
            Err(error) if error.kind() == LastRawMessageErrorKind::NoMessageFound => Ok(None),
            Err(error) => Err(away(error)),
        }
    }
}

/// What a request finds that claims its key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Claim {
    /// It is the first.
    Ours,
    /// One came before, whose events may be there or not: they have these ids.
    Begun { answer: Answer, ids: Vec<Uuid> },
    /// One came before, and was answered this.
    Done(Answer),
}

/// What is written down of a request.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Entry {
    is_done: bool,
    mark: Mark,
    ids: Vec<Uuid>,
}

impl Entry {
    fn write(&self) -> Vec<u8> {
        let answer = &self.mark.answer;
        let mut bytes = vec![u8::from(self.is_done)];
        bytes.extend(self.mark.fingerprint);
        bytes.extend(answer.accepted.to_le_bytes());
        bytes.extend(answer.first.as_bytes());
        bytes.extend(answer.last.as_bytes());
        self.ids.iter().for_each(|id| bytes.extend(id.as_bytes()));
        bytes
    }

    /// Reads it back, if it is of the same request. What is not ours counts as another's.
    fn read(bytes: &[u8], mark: &Mark) -> Result<Self, AppendError> {
        let read = || {
            let (done, rest) = bytes.split_first()?;
            let (fingerprint, rest) = rest.split_first_chunk::<16>()?;
            let (accepted, rest) = rest.split_first_chunk::<8>()?;
            let (first, rest) = rest.split_first_chunk::<16>()?;
            let (last, rest) = rest.split_first_chunk::<16>()?;
            let answer = Answer {
                accepted: u64::from_le_bytes(*accepted),
                first: Uuid::from_bytes(*first),
                last: Uuid::from_bytes(*last),
            };
            let (ids, rest) = rest.as_chunks::<16>();
            let mark = Mark { key: mark.key, fingerprint: *fingerprint, answer };
            let ids = ids.iter().copied().map(Uuid::from_bytes).collect();
            rest.is_empty().then_some(Entry { is_done: *done == 1, mark, ids })
        };
        let same = |entry: &Entry| entry.mark.fingerprint == mark.fingerprint;
        read().filter(same).ok_or(AppendError::KeyReused)
    }

    fn claim(self) -> Claim {
        match self.is_done {
            true => Claim::Done(self.mark.answer),
            false => Claim::Begun { answer: self.mark.answer, ids: self.ids },
        }
    }
}

fn away(error: impl ToString) -> AppendError {
    AppendError::Away { why: Arc::from(error.to_string()) }
}

pub(super) fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(2 * bytes.len()), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_of_a_request_is_read_by_the_same_one_alone() {
        let answer = Answer { accepted: 2, first: Uuid::from_u128(1), last: Uuid::from_u128(2) };
        let mark = Mark { key: [1; 16], fingerprint: [2; 16], answer };
        let ids = vec![answer.first, answer.last];
        let entry = Entry { is_done: false, mark, ids };
        assert_eq!(Entry::read(&entry.write(), &mark), Ok(entry.clone()));
        let other = Mark { fingerprint: [3; 16], ..mark };
        assert_eq!(Entry::read(&entry.write(), &other), Err(AppendError::KeyReused));
        assert_eq!(Entry::read(b"somebody else's", &mark), Err(AppendError::KeyReused));
    }
}
