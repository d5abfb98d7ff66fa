//! What can be seen of a server that may have lost what it had acknowledged.

use async_nats::jetstream;
use async_nats::jetstream::context::{GetStreamError, GetStreamErrorKind};

use super::publisher::{self, room};
use super::{Inner, JetStreamBacklog, JetStreamError, prepare};
use crate::{AppendError, Group, Snapshot};

/// A server as it was seen, to be compared with how it was seen before.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Sight {
    /// Each run of a server has another.
    pub(crate) server_id: String,
    /// Whether another server may keep the stream than the one that we talk to.
    pub(crate) is_clustered: bool,
    /// How often the stream was found to have lost its end.
    pub(crate) losses: u64,
}

/// Events that went into a stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Shares {
    /// Of this process.
    pub(crate) own: u64,
    /// Of this process perhaps: on their way, or sent again next.
    pub(crate) unsure: u64,
    /// Of all others, as far as is known.
    pub(crate) others: u64,
}

/// For whoever keeps what the stream has until that is for sure.
impl JetStreamBacklog {
    /// Looks at the server. A stream that is not there any more is made again.
    ///
    /// # Errors
    /// The server did not answer, or refused.
    pub(crate) async fn look(&self) -> Result<Sight, JetStreamError> {
        let mut connections = self.inner.line.connections();
        loop {
            tokio::select! {
                sight = self.look_once() => return sight,
                // Nobody answers on another connection.
                _ = connections.changed() => {}
            }
        }
    }

    async fn look_once(&self) -> Result<Sight, JetStreamError> {
        let inner = &self.inner;
        let known = inner.books().cursor().last();
        let name = inner.options.address.stream();
        let last = match inner.context.get_stream(name).await {
            Ok(stream) => Some(stream.cached_info().state.last_sequence),
            Err(error) if is_missing(&error) => None,
            Err(error) => return Err(inner.refused(&error)),
        };
        if last.is_none_or(|last| last < known) {
            self.begin_again(last.unwrap_or(0)).await?;
        }
        let losses = inner.books().losses();
        let info = inner.client.server_info();
        Ok(Sight { server_id: info.server_id, is_clustered: info.cluster.is_some(), losses })
    }

    async fn begin_again(&self, last: u64) -> Result<(), JetStreamError> {
        let inner = &self.inner;
        let (_, extent) = prepare(&inner.context, &inner.options).await?;
        inner.marks.restore(&inner.context).await;
        let waits = extent.last.saturating_sub(extent.gone);
        inner.books().set_back(last.saturating_sub(waits), last);
        Ok(())
    }

    /// The longest message that the server takes, in bytes.
    pub(crate) fn payload_bytes_max(&self) -> usize {
        self.inner.client.max_payload()
    }

    /// Where every event is, and who has put them in.
    pub(crate) fn snapshot_and_shares(&self) -> (Snapshot, Shares) {
        let mut books = self.inner.books();
        let now = books.snapshot();
        (now, Shares { own: books.own(), unsure: books.unsure(), others: books.others() })
    }

    /// Of the events that are appended next the stream may have so many; of those, `acknowledged` were said to be there.
    pub(crate) fn doubt(&self, events: u64, acknowledged: u64) {
        let mut books = self.inner.books();
        books.doubt(events);
        books.disown(acknowledged);
    }
}

/// Whether a server that takes messages of so many bytes would ever take the events of a group.
///
/// # Errors
/// [`AppendError::NeverFits`].
pub(crate) fn fits(group: &Group, payload_bytes_max: usize) -> Result<(), AppendError> {
    publisher::fits(group, room(payload_bytes_max))
}

impl Inner {
    fn refused(&self, error: &GetStreamError) -> JetStreamError {
        let code = match error.kind() {
            GetStreamErrorKind::JetStream(said) => Some(said.error_code()),
            _ => None,
        };
        JetStreamError::refused(&self.options.address, "the stream", code, error)
    }
}

fn is_missing(error: &GetStreamError) -> bool {
    matches!(error.kind(), GetStreamErrorKind::JetStream(said)
        if said.error_code() == jetstream::ErrorCode::STREAM_NOT_FOUND)
}
