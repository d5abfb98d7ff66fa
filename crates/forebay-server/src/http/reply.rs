//! What an answer carries: all of it at once, or more as it comes.

use std::convert::Infallible;
use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use futures_util::Stream;
use http_body_util::Full;
use hyper::body::{Body, Frame, SizeHint};

/// The body of an answer.
pub(super) enum Reply {
    Whole(Full<Bytes>),
    /// Until it ends, or the client goes.
    Lasting(Pin<Box<dyn Stream<Item = Bytes> + Send>>),
}

impl From<Full<Bytes>> for Reply {
    fn from(whole: Full<Bytes>) -> Self {
        Self::Whole(whole)
    }
}

impl Body for Reply {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        match self.get_mut() {
            Self::Whole(whole) => Pin::new(whole).poll_frame(cx),
            Self::Lasting(parts) => {
                parts.as_mut().poll_next(cx).map(|part| part.map(|part| Ok(Frame::data(part))))
            }
        }
    }

    fn is_end_stream(&self) -> bool {
        match self {
            Self::Whole(whole) => whole.is_end_stream(),
            Self::Lasting(_) => false,
        }
    }

    fn size_hint(&self) -> SizeHint {
        match self {
            Self::Whole(whole) => whole.size_hint(),
            Self::Lasting(_) => SizeHint::default(),
        }
    }
}
