//! Reading a request's body within its limits.
//!
//! What is returned is a buffer of its own, as long as the body: hyper's read buffer is free for
//! the next request, and an event that waits long does not keep more memory than it needs.

use std::future::poll_fn;
use std::pin::Pin;
use std::task::Poll;

use bytes::{Bytes, BytesMut};
use hyper::body::{Body as _, Frame, Incoming};
use hyper::header::{EXPECT, HeaderMap, HeaderValue};

use super::budget::{Hold, NoRoom};
use super::coding::{Coding, Unpackable, Unpacker};
use super::patience::{Phase, Progress};

/// So many bytes are made room for on the word of a `Content-Length` alone.
const TRUSTED_BYTES_MAX: usize = 64 * 1024;

/// And so many times what has come of it, so that a promise alone takes no room.
const TRUST_FACTOR: usize = 16;

/// A body that is too large is read and thrown away up to so many times the limit, so that its
/// connection can be used again.
const DISCARD_FACTOR: u64 = 16;

/// Whether the client waits to be told that it may send (`Expect: 100-continue`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Expects {
    Nothing,
    Continue,
}

impl Expects {
    pub(super) fn of(headers: &HeaderMap) -> Self {
        if headers.contains_key(EXPECT) { Self::Continue } else { Self::Nothing }
    }
}

/// The same headers in memory of their own. hyper's are pieces of its read buffer: while they are kept, what comes
/// next is read into another one, and a body that comes slowly holds both.
pub(super) fn leave_buffer(mut headers: HeaderMap) -> HeaderMap {
    let mut own = BytesMut::with_capacity(headers.values().map(HeaderValue::len).sum());
    for value in headers.values_mut() {
        own.extend_from_slice(value.as_bytes());
        // What could not be one stays where it is.
        if let Ok(copy) = HeaderValue::from_maybe_shared(own.split().freeze()) {
            *value = copy;
        }
    }
    headers
}

/// Why there is no body.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum BodyError {
    /// Over the limit, and all of it has been read.
    TooLarge,
    /// Over the limit, and not all of it has been read.
    FarTooLarge,
    /// The connection's patience is at its end.
    Late,
    /// The client went away, or its framing is wrong.
    Broken,
    /// All bodies together have as many bytes as they may.
    NoRoom,
    /// It cannot be unpacked.
    Damaged { coding: Coding, why: String },
}

impl From<NoRoom> for BodyError {
    fn from(NoRoom: NoRoom) -> Self {
        Self::NoRoom
    }
}

/// Reads a body of up to `bytes_max`, packed and unpacked, into what is held for it.
///
/// # Cancel safety
/// What was read is lost with the future, and so is the connection.
pub(super) async fn read(
    body: &mut Incoming,
    coding: Coding,
    expects: Expects,
    bytes_max: u64,
    progress: &Progress,
    hold: &mut Hold,
) -> Result<Bytes, BodyError> {
    if body.is_end_stream() {
        return Ok(Bytes::new());
    }
    progress.enter(Phase::Body);
    let declared = body.size_hint().lower();
    if declared > bytes_max {
        return Err(match expects {
            Expects::Continue => BodyError::FarTooLarge,
            Expects::Nothing => Box::pin(too_large(body, 0, bytes_max, progress)).await,
        });
    }
    if let Some(unpacker) = coding.unpacker(bytes_max) {
        return Box::pin(unpack(body, coding, unpacker, bytes_max, progress, hold)).await;
    }
    let room = usize::try_from(declared).unwrap_or(usize::MAX).min(TRUSTED_BYTES_MAX);
    let mut content = Vec::new();
    while let Some(data) = next(body, progress).await? {
        let read = content.len() as u64 + data.len() as u64;
        if read > bytes_max {
            return Err(Box::pin(too_large(body, read, bytes_max, progress)).await);
        }
        hold.grow_to(read)?;
        if content.is_empty() {
            content.reserve_exact(room.min(data.len().saturating_mul(TRUST_FACTOR)));
        }
        content.extend_from_slice(&data);
    }
    content.shrink_to_fit();
    Ok(content.into())
}

/// Unpacks a body while it arrives.
async fn unpack(
    body: &mut Incoming,
    coding: Coding,
    mut unpacker: Unpacker,
    bytes_max: u64,
    progress: &Progress,
    hold: &mut Hold,
) -> Result<Bytes, BodyError> {
    let mut read = 0;
    let failed = loop {
        let Some(data) = next(body, progress).await? else { break None };
        read += data.len() as u64;
        if read > bytes_max {
            break Some(Unpackable::TooLarge);
        }
        if let Err(why) = unpacker.push(&data) {
            break Some(why);
        }
        hold.grow_to(unpacker.unpacked().max(read))?;
    };
    let failed = match failed {
        None => match unpacker.finish() {
            Ok(mut content) => {
                content.shrink_to_fit();
                return Ok(content.into());
            }
            Err(why) => why,
        },
        Some(why) => why,
    };
    // However little of it was needed to know: the connection is to be used again.
    match (too_large(body, read, bytes_max, progress).await, failed) {
        (BodyError::TooLarge, Unpackable::Damaged { why }) => {
            Err(BodyError::Damaged { coding, why })
        }
        (error, _) => Err(error),
    }
}

/// Throws a body of up to `bytes_max` away.
///
/// # Cancel safety
/// The connection is lost with the future.
pub(super) async fn discard(
    body: &mut Incoming,
    bytes_max: u64,
    progress: &Progress,
) -> Result<(), BodyError> {
    progress.enter(Phase::Body);
    skip(body, 0, bytes_max, progress).await
}

async fn too_large(
    body: &mut Incoming,
    read: u64,
    bytes_max: u64,
    progress: &Progress,
) -> BodyError {
    match skip(body, read, bytes_max.saturating_mul(DISCARD_FACTOR), progress).await {
        Ok(()) => BodyError::TooLarge,
        Err(error) => error,
    }
}

/// Reads on without keeping anything, until the end or until it is too much.
async fn skip(
    body: &mut Incoming,
    mut read: u64,
    bytes_max: u64,
    progress: &Progress,
) -> Result<(), BodyError> {
    if read + body.size_hint().lower() > bytes_max {
        return Err(BodyError::FarTooLarge);
    }
    while let Some(data) = next(body, progress).await? {
        read += data.len() as u64;
        if read > bytes_max {
            return Err(BodyError::FarTooLarge);
        }
    }
    Ok(())
}

/// Waits for the next piece; `None` at the end.
async fn next(body: &mut Incoming, progress: &Progress) -> Result<Option<Bytes>, BodyError> {
    poll_fn(|cx| match Pin::new(&mut *body).poll_frame(cx) {
        Poll::Ready(None) => Poll::Ready(Ok(None)),
        // A trailer says nothing that matters here.
        Poll::Ready(Some(Ok(frame))) => Poll::Ready(Ok(Some(data(frame)))),
        Poll::Ready(Some(Err(_))) => Poll::Ready(Err(BodyError::Broken)),
        Poll::Pending if progress.body_is_late() => Poll::Ready(Err(BodyError::Late)),
        Poll::Pending => Poll::Pending,
    })
    .await
}

fn data(frame: Frame<Bytes>) -> Bytes {
    frame.into_data().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headers_that_leave_the_buffer_say_the_same_and_keep_nothing_of_it() {
        let buffer = Bytes::from_static(b"text/plain, and \xff, or nothing");
        let mut headers = HeaderMap::new();
        for part in [0..10, 16..17, 16..16] {
            let value = HeaderValue::from_maybe_shared(buffer.slice(part)).expect("a value");
            headers.append("a", value);
        }
        let left = leave_buffer(headers.clone());
        assert_eq!(left, headers);
        let inside = buffer.as_ptr_range();
        assert!(left.values().all(|value| !inside.contains(&value.as_bytes().as_ptr())));
    }
}
