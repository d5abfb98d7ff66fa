//! Brings groups into the stream, in the order they came, many on their way at one time.

use std::error::Error;
use std::sync::Arc;
use std::time::Duration;

use async_nats::jetstream::ErrorCode;
use async_nats::jetstream::context::{PublishAckFuture, PublishError, PublishErrorKind};
use async_nats::jetstream::message::PublishMessage;
use async_nats::jetstream::publish::PublishAck;
use bytes::Bytes;
use futures_util::stream::{FuturesUnordered, StreamExt};
use tokio::sync::mpsc;
use uuid::Uuid;

use super::Inner;
use super::books::load_of;
use super::cursor::Load;
use super::marks::{Claim, hex};
use super::options::JetStreamOptions;
use crate::disk::parcel::{event_bytes_max, pack};
use crate::receipt::{Outcome, Promise};
use crate::{AppendError, Appended, Event, Group, Key, Mark, Receipt};

/// So many groups are on their way at one time.
const ON_THE_WAY_MAX: usize = 1024;

/// What the headers of a message take, and the record of a mark.
const HEADERS_BYTES: usize = 1024;

/// After a message of which nobody knows what became.
const AGAIN_AFTER: Duration = Duration::from_millis(100);

/// A group, and who waits for it.
#[derive(Debug)]
pub(super) struct Job {
    group: Group,
    promise: Promise,
}

impl Job {
    pub(super) fn new(group: Group) -> (Self, Receipt) {
        let (promise, receipt) = Promise::with_receipt();
        (Job { group, promise }, receipt)
    }
}

/// Part of a group: one message.
struct Parcel {
    subject: String,
    /// Under which the server knows it again.
    id: String,
    payload: Bytes,
    load: Load,
}

#[derive(Debug)]
pub(super) struct Publisher {
    inner: Arc<Inner>,
}

impl Publisher {
    pub(super) fn new(inner: Arc<Inner>) -> Self {
        Publisher { inner }
    }

    /// Ends when nobody can append any more.
    pub(super) async fn run(self, mut jobs: mpsc::UnboundedReceiver<Job>) {
        let mut on_the_way = FuturesUnordered::new();
        loop {
            tokio::select! {
                job = jobs.recv(), if on_the_way.len() < ON_THE_WAY_MAX => match job {
                    Some(job) => {
                        let rest = self.set_off(job).await;
                        on_the_way.push(rest);
                    }
                    None => break,
                },
                Some(()) = on_the_way.next(), if !on_the_way.is_empty() => {}
            }
        }
        while on_the_way.next().await.is_some() {}
    }

    /// Sends the first message of a group, so that groups set off in order, and returns what is left to do. One with keys sets off
    /// when they are claimed.
    async fn set_off(&self, job: Job) -> impl Future<Output = ()> + '_ {
        let Job { group, promise } = job;
        let load = load_of(&group.events);
        let has_keys = group.mark.is_some() || group.events.iter().any(|event| event.key.is_some());
        let fits = fits(&group, self.room());
        let mut parcels = Vec::new();
        let mut first = None;
        if fits.is_ok() && !has_keys {
            parcels = self.parcels(&group);
            if let Some(parcel) = parcels.first() {
                first = Some(self.send(parcel).await);
            }
        }
        async move {
            let outcome = match fits {
                Err(error) => Err(error),
                Ok(()) if has_keys => self.bring_keyed(group).await,
                Ok(()) => self.bring(&parcels, first).await.map(|()| Appended::WHOLE),
            };
            if outcome.is_err() {
                self.inner.books().not_put(load);
            }
            self.inner.stirred.notify_one();
            promise.keep(outcome, Vec::new());
        }
    }

    fn parcels(&self, group: &Group) -> Vec<Parcel> {
        parcels(group, self.room(), &self.inner.options)
    }

    /// What a message has for events.
    fn room(&self) -> usize {
        room(self.inner.client.max_payload())
    }

    /// Claims the keys of a group, and brings it under the ids that are claimed for it.
    async fn bring_keyed(&self, mut group: Group) -> Outcome {
        let Inner { marks, context, .. } = &*self.inner;
        let mut before = None;
        if let Some(mark) = &group.mark {
            let ids: Vec<Uuid> = group.events.iter().map(|event| event.id).collect();
            match self.while_connected(marks.claim_request(context, mark, &ids)).await? {
                Claim::Ours => {}
                Claim::Done(answer) => {
                    self.inner.books().not_put(load_of(&group.events));
                    return Ok(Appended::Repeated(answer));
                }
                Claim::Begun { answer, ids } if ids.len() == group.events.len() => {
                    group.events.iter_mut().zip(ids).for_each(|(event, id)| event.id = id);
                    before = Some(answer);
                }
                Claim::Begun { .. } => return Err(AppendError::KeyReused),
            }
        }
        let mut repeats = Vec::new();
        for (place, event) in group.events.iter_mut().enumerate() {
            let Some(key) = &event.key else { continue };
            let claim = marks.claim_event(context, key, event.id);
            if let Some(id) = self.while_connected(claim).await? {
                if id != event.id {
                    repeats.push(place);
                }
                event.id = id;
            }
        }
        self.bring(&self.parcels(&group), None).await?;
        if let Some(mark) = &group.mark {
            let done = async {
                marks.done(context, mark).await;
                Ok(())
            };
            // If it cannot be told, the events are only published once more should it come again.
            let _ = self.while_connected(done).await;
        }
        Ok(before.map_or(Appended::Taken { repeats }, Appended::Repeated))
    }

    /// Gives up at once what was asked on a connection that is gone: nobody answers it any more.
    async fn while_connected<T>(
        &self,
        work: impl Future<Output = Result<T, AppendError>>,
    ) -> Result<T, AppendError> {
        let mut connections = self.inner.line.connections();
        tokio::select! {
            done = work => done,
            _ = connections.changed() => Err(AppendError::Away { why: "the connection was lost".into() }),
        }
    }

    async fn bring(&self, parcels: &[Parcel], mut first: Option<Sent>) -> Result<(), AppendError> {
        let mut part = Part::First;
        for parcel in parcels {
            let ack = self.see_through(parcel, first.take(), part).await?;
            part = Part::Rest;
            match ack.duplicate {
                true => self.inner.books().is_there(parcel.load),
                false => self.inner.books().put(ack.sequence, parcel.load),
            }
        }
        Ok(())
    }

    /// Sends a message until it is there, or surely is not. Once a part of its group is there, the rest has to follow: it is
    /// tried for as long as the backlog is open.
    async fn see_through(
        &self,
        parcel: &Parcel,
        mut sent: Option<Sent>,
        part: Part,
    ) -> Result<PublishAck, AppendError> {
        let deadline = tokio::time::Instant::now() + self.inner.options.append_wait;
        loop {
            let trouble = match self.attempt(parcel, sent.take()).await {
                Ok(ack) => return Ok(ack),
                Err(trouble) => trouble,
            };
            let is_late = tokio::time::Instant::now() >= deadline;
            match (part, trouble) {
                (Part::First, Trouble::Refused(error)) => return Err(error),
                (Part::First, Trouble::Unknown(why)) if is_late => {
                    return Err(AppendError::Away { why });
                }
                (Part::Rest, _) if is_late && self.inner.books().is_closed() => {
                    return Err(AppendError::Closed);
                }
                // Under the same id: it is there once, however often it arrives.
                _ => tokio::time::sleep(AGAIN_AFTER).await,
            }
        }
    }

    /// Sends a message, unless it was sent, and waits for what comes of it.
    async fn attempt(&self, parcel: &Parcel, sent: Option<Sent>) -> Result<PublishAck, Trouble> {
        let mut connections = self.inner.line.connections();
        let ack = match sent {
            Some(sent) => sent?,
            None => self.send(parcel).await?,
        };
        tokio::select! {
            answer = ack.into_future() => answer.map_err(|error| classify(&error)),
            // Nobody answers on another connection.
            _ = connections.changed() => Err(Trouble::Unknown("the connection was lost".into())),
            why = self.inner.line.denied(&parcel.subject) => Err(Trouble::Refused(AppendError::Away { why })),
        }
    }

    async fn send(&self, parcel: &Parcel) -> Sent {
        let message =
            PublishMessage::build().payload(parcel.payload.clone()).message_id(&parcel.id);
        let sent = self.inner.context.send_publish(parcel.subject.clone(), message).await;
        sent.map_err(|error| match classify(&error) {
            // It was not sent.
            Trouble::Unknown(why) => Trouble::Refused(AppendError::Away { why }),
            refused @ Trouble::Refused(_) => refused,
        })
    }
}

type Sent = Result<PublishAckFuture, Trouble>;

/// Which message of a group it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Part {
    /// Nothing of the group is there yet.
    First,
    Rest,
}

/// What a failed publish means.
enum Trouble {
    /// The message is not there.
    Refused(AppendError),
    /// It may be there.
    Unknown(Arc<str>),
}

fn classify(error: &PublishError) -> Trouble {
    let source =
        error.source().and_then(|source| source.downcast_ref::<async_nats::jetstream::Error>());
    let why = source.map_or_else(|| error.to_string(), ToString::to_string);
    match (source.map(async_nats::jetstream::Error::error_code), error.kind()) {
        (Some(ErrorCode::STREAM_STORE_FAILED), _) if why.contains("maximum bytes") => {
            Trouble::Refused(AppendError::Full { limit: "bytes_max" })
        }
        (Some(ErrorCode::STREAM_LIMITS | ErrorCode::STREAM_STORE_FAILED), _) => {
            Trouble::Refused(AppendError::Full { limit: "what the stream takes" })
        }
        (
            Some(
                ErrorCode::INSUFFICIENT_RESOURCES
                | ErrorCode::STORAGE_RESOURCES_EXCEEDED
                | ErrorCode::ACCOUNT_RESOURCES_EXCEEDED,
            ),
            _,
        ) => Trouble::Refused(AppendError::NoSpace),
        (_, PublishErrorKind::StreamNotFound) => {
            Trouble::Refused(AppendError::Away { why: "nobody keeps the stream".into() })
        }
        _ => Trouble::Unknown(why.into()),
    }
}

/// What a message of so many bytes has for events.
pub(super) fn room(payload_bytes_max: usize) -> usize {
    payload_bytes_max.saturating_sub(HEADERS_BYTES)
}

/// Whether each event of a group fits into a message.
pub(super) fn fits(group: &Group, room: usize) -> Result<(), AppendError> {
    match group.events.iter().map(event_bytes_max).find(|bytes| *bytes > room) {
        None => Ok(()),
        Some(bytes) => {
            let limit = "max_payload of the NATS server";
            Err(AppendError::NeverFits { limit, size: bytes as u64, max: room as u64 })
        }
    }
}

/// Cuts a group, each event of which fits, into messages. An event with a key travels alone, so that the server knows it again
/// whichever machine it comes from.
fn parcels(group: &Group, room: usize, options: &JetStreamOptions) -> Vec<Parcel> {
    let mut parcels = Vec::new();
    for (subject, events) in options.sort(&group.events) {
        let (mut part, mut bytes) = (Vec::new(), 0);
        for event in events {
            let more = event_bytes_max(event);
            if !part.is_empty() && (event.key.is_some() || bytes + more > room) {
                let part = std::mem::take(&mut part);
                parcels.push(parcel(&subject, part, group.mark, parcels.len()));
                bytes = 0;
            }
            match &event.key {
                Some(key) => parcels.push(keyed(&subject, event, key)),
                None => {
                    bytes += more;
                    part.push(event.clone());
                }
            }
        }
        if !part.is_empty() {
            parcels.push(parcel(&subject, part, group.mark, parcels.len()));
        }
    }
    parcels
}

/// Ids of events are nobody else's; so are those of messages that are called by them. Events that were cut otherwise before are
/// another message. A request with a key comes again with other events, so its messages are called by the key.
fn parcel(subject: &str, events: Vec<Event>, mark: Option<Mark>, place: usize) -> Parcel {
    let id = match (&mark, &events[..]) {
        (Some(mark), _) => format!("request-{}-{place}", hex(&mark.key)),
        (None, [one]) => one.id.simple().to_string(),
        (None, [first, .., last]) => {
            format!("{}-{}-{}", first.id.simple(), last.id.simple(), events.len())
        }
        (None, []) => String::new(),
    };
    let load = load_of(&events);
    let payload = pack(&Group { events, mark });
    Parcel { subject: subject.to_owned(), id, payload, load }
}

fn keyed(subject: &str, event: &Event, key: &Key) -> Parcel {
    let events = vec![event.clone()];
    let load = load_of(&events);
    let payload = pack(&events.into());
    let (subject, id) = (subject.to_owned(), format!("event-{}", hex(key)));
    Parcel { subject, id, payload, load }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;
    use crate::Limits;

    fn event(number: u128, body_bytes: usize, key: Option<Key>) -> Event {
        let body = vec![b'1'; body_bytes].into();
        Event { id: Uuid::from_u128(number), received_at_ms: 0, attributes: "{}".into(), body, key }
    }

    fn options() -> JetStreamOptions {
        let limits = Limits { events_max: 1000, bytes_max: 1 << 20 };
        JetStreamOptions::new("nats://localhost/events".parse().expect("an address"), limits)
    }

    fn cut(events: Vec<Event>, payload_bytes_max: usize) -> Vec<u64> {
        let (group, room) = (events.into(), payload_bytes_max - HEADERS_BYTES);
        assert_eq!(fits(&group, room), Ok(()));
        let cut = parcels(&group, room, &options());
        assert!(cut.iter().all(|parcel| parcel.payload.len() + 512 < payload_bytes_max));
        cut.iter().map(|parcel| parcel.load.events).collect()
    }

    #[test]
    fn a_group_is_one_message_if_the_server_takes_it() {
        assert_eq!(cut((0..100).map(|number| event(number, 100, None)).collect(), 1 << 20), [100]);
    }

    #[test]
    fn a_group_too_large_for_one_message_is_several_in_order() {
        assert_eq!(
            cut((0..10).map(|number| event(number, 1000, None)).collect(), 4096),
            [2, 2, 2, 2, 2]
        );
    }

    #[test]
    fn an_event_with_a_key_travels_alone() {
        let events = vec![
            event(0, 1, None),
            event(1, 1, Some([7; 16])),
            event(2, 1, None),
            event(3, 1, None),
        ];
        assert_eq!(cut(events, 1 << 20), [1, 1, 2]);
    }

    #[test]
    fn events_that_are_cut_otherwise_are_another_message() {
        let ids = |numbers: std::ops::Range<u128>| {
            let events = numbers.map(|number| event(number, 10, None)).collect::<Vec<_>>();
            let cut = parcels(&events.into(), 1 << 20, &options());
            cut.into_iter().map(|parcel| parcel.id).collect::<Vec<_>>()
        };
        assert_eq!(ids(0..3), ids(0..3));
        // Were they the same, the server would take the fourth for one that it has.
        assert_ne!(ids(0..3), ids(0..4));
        assert_ne!(ids(0..1), ids(0..2));
    }

    #[test]
    fn an_event_that_the_server_never_takes_is_refused_with_the_limit() {
        let refused = fits(&vec![event(0, 5000, None)].into(), 4096 - HEADERS_BYTES).err();
        let Some(AppendError::NeverFits { limit, max, .. }) = refused else {
            panic!("{refused:?}")
        };
        assert_eq!((limit, max), ("max_payload of the NATS server", 3072));
    }
}
